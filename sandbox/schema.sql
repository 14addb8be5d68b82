CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS accounts (
  appid TEXT PRIMARY KEY, kind TEXT NOT NULL, secret TEXT NOT NULL, original_id TEXT NOT NULL,
  name TEXT NOT NULL, callback_url TEXT NOT NULL, token TEXT NOT NULL,
  encoding_aes_key TEXT NOT NULL, mode TEXT NOT NULL, format TEXT NOT NULL DEFAULT 'xml',
  ip_whitelist TEXT NOT NULL DEFAULT '[]', pages TEXT NOT NULL DEFAULT '[]',
  web_host TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS corps (
  corpid TEXT PRIMARY KEY, secret TEXT NOT NULL, agent_id TEXT NOT NULL,
  web_host TEXT NOT NULL DEFAULT '', callback_url TEXT NOT NULL DEFAULT '',
  token TEXT NOT NULL DEFAULT '', encoding_aes_key TEXT NOT NULL DEFAULT '',
  tells_unionid INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS corp_members (
  corpid TEXT NOT NULL, userid TEXT NOT NULL, person_id TEXT NOT NULL,
  PRIMARY KEY (corpid, userid)
);
CREATE TABLE IF NOT EXISTS contact_ways (
  config_id TEXT PRIMARY KEY, corpid TEXT NOT NULL, userid TEXT NOT NULL, state TEXT NOT NULL,
  remark TEXT NOT NULL, picture TEXT NOT NULL, at_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS contact_ways_by_time ON contact_ways (corpid, at_ms);
CREATE TABLE IF NOT EXISTS contacts (
  corpid TEXT NOT NULL, userid TEXT NOT NULL, external_userid TEXT NOT NULL,
  person_id TEXT NOT NULL, state TEXT NOT NULL, at_ms INTEGER NOT NULL, ended_ms INTEGER,
  PRIMARY KEY (corpid, userid, external_userid)
);
CREATE TABLE IF NOT EXISTS welcome_codes (
  code TEXT PRIMARY KEY, corpid TEXT NOT NULL, external_userid TEXT NOT NULL,
  at_ms INTEGER NOT NULL, is_used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS templates (
  appid TEXT NOT NULL, template_id TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
  content TEXT NOT NULL, PRIMARY KEY (appid, template_id)
);
CREATE TABLE IF NOT EXISTS template_sends (
  msg_id INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, client_id TEXT,
  at_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS template_sends_by_client ON template_sends (client_id, openid)
  WHERE client_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS subscriptions (
  openid TEXT NOT NULL, template_id TEXT NOT NULL, scene TEXT NOT NULL DEFAULT '',
  balance INTEGER NOT NULL, PRIMARY KEY (openid, template_id, scene)
);
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, appid TEXT NOT NULL, issued_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL, replaced_ms INTEGER, forced INTEGER NOT NULL DEFAULT 0,
  is_stable INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS tickets (
  appid TEXT NOT NULL, kind TEXT NOT NULL, ticket TEXT NOT NULL, expires_ms INTEGER NOT NULL,
  PRIMARY KEY (appid, kind)
);
CREATE TABLE IF NOT EXISTS web_tokens (
  token TEXT PRIMARY KEY, refresh TEXT NOT NULL, appid TEXT NOT NULL, openid TEXT NOT NULL,
  unionid TEXT NOT NULL, person_id TEXT NOT NULL, scope TEXT NOT NULL,
  is_snapshot INTEGER NOT NULL, expires_ms INTEGER NOT NULL, refresh_until_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS web_tokens_by_refresh ON web_tokens (refresh);
CREATE TABLE IF NOT EXISTS usage (
  appid TEXT NOT NULL, path TEXT NOT NULL, span TEXT NOT NULL, start_ms INTEGER NOT NULL,
  used INTEGER NOT NULL, PRIMARY KEY (appid, path, span)
);
CREATE TABLE IF NOT EXISTS clears (appid TEXT NOT NULL, at_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS media (
  media_id TEXT PRIMARY KEY, appid TEXT NOT NULL, kind TEXT NOT NULL, filename TEXT NOT NULL,
  data BLOB NOT NULL, at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS menus (
  menu_id INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, is_default INTEGER NOT NULL,
  buttons TEXT NOT NULL, rule TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS codes (
  ticket TEXT PRIMARY KEY, appid TEXT NOT NULL, action TEXT NOT NULL, scene TEXT NOT NULL,
  url TEXT NOT NULL, expires_ms INTEGER
);
CREATE INDEX IF NOT EXISTS codes_by_scene ON codes (appid, scene);

CREATE TABLE IF NOT EXISTS people (
  person_id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, nickname TEXT NOT NULL,
  phone TEXT NOT NULL, unionid TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS fans (
  openid TEXT PRIMARY KEY, appid TEXT NOT NULL, person_id TEXT NOT NULL,
  follows INTEGER NOT NULL DEFAULT 0, followed_ms INTEGER, scene TEXT NOT NULL DEFAULT '',
  remark TEXT NOT NULL DEFAULT '', blacklisted INTEGER NOT NULL DEFAULT 0,
  refuses INTEGER NOT NULL DEFAULT 0, UNIQUE (person_id, appid)
);
CREATE INDEX IF NOT EXISTS fans_by_account ON fans (appid, follows);
CREATE TABLE IF NOT EXISTS tags (
  appid TEXT NOT NULL, tag_id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (appid, tag_id)
);
CREATE TABLE IF NOT EXISTS tag_members (
  appid TEXT NOT NULL, tag_id INTEGER NOT NULL, openid TEXT NOT NULL,
  UNIQUE (appid, tag_id, openid)
);
CREATE INDEX IF NOT EXISTS tag_members_by_fan ON tag_members (openid);
CREATE TABLE IF NOT EXISTS windows (
  openid TEXT NOT NULL, trigger TEXT NOT NULL, opened_ms INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (openid, trigger)
);
CREATE TABLE IF NOT EXISTS grants (
  code TEXT PRIMARY KEY, kind TEXT NOT NULL, appid TEXT NOT NULL, person_id TEXT NOT NULL,
  phone TEXT NOT NULL, expires_ms INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0,
  detail TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS sessions (
  openid TEXT PRIMARY KEY, session_key TEXT NOT NULL, at_ms INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS events (
  event_id TEXT PRIMARY KEY, appid TEXT NOT NULL, person_id TEXT,
  openid TEXT NOT NULL DEFAULT '', what TEXT NOT NULL, scene TEXT NOT NULL DEFAULT '',
  plaintext TEXT, at_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_person ON events (person_id, at_ms);
CREATE TABLE IF NOT EXISTS messages (
  message_id INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, openid TEXT NOT NULL,
  via TEXT NOT NULL, msgtype TEXT NOT NULL, content TEXT NOT NULL, digest TEXT NOT NULL,
  msg_id INTEGER, at_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_fan ON messages (openid, message_id);
CREATE TABLE IF NOT EXISTS mass_jobs (
  msg_id INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, client_id TEXT NOT NULL,
  msgtype TEXT NOT NULL, content TEXT NOT NULL, at_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
  total INTEGER NOT NULL, filtered INTEGER NOT NULL, sent INTEGER, failed INTEGER,
  to_all INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT 'send success',
  deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS mass_jobs_by_client ON mass_jobs (appid, client_id);
CREATE TABLE IF NOT EXISTS mass_recipients (
  msg_id INTEGER NOT NULL, openid TEXT NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (msg_id, openid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mass_recipients_by_fan ON mass_recipients (openid, at_ms);

CREATE TABLE IF NOT EXISTS sms (
  at_ms INTEGER NOT NULL, service TEXT NOT NULL, phone TEXT NOT NULL, code TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS calls (
  at_ms INTEGER NOT NULL, key TEXT PRIMARY KEY, first TEXT NOT NULL, second TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS faults (
  fault_id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, kind TEXT NOT NULL,
  errcode INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, times INTEGER NOT NULL,
  status INTEGER NOT NULL DEFAULT 0, appid TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  appid TEXT, path TEXT, what TEXT NOT NULL, detail TEXT, person_id TEXT, event_id TEXT,
  attempt INTEGER, ms REAL, status INTEGER, errcode INTEGER, key TEXT,
  repeat INTEGER NOT NULL DEFAULT 0, rid TEXT
);
CREATE INDEX IF NOT EXISTS log_by_rid ON log (rid) WHERE rid IS NOT NULL;
CREATE INDEX IF NOT EXISTS log_by_time ON log (at_ms);
CREATE INDEX IF NOT EXISTS log_by_person ON log (person_id, seq);
