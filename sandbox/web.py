"""The one place where the sandbox is wired."""

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from sandbox import calls, mass, sms
from sandbox.admin import accounts as admin_accounts
from sandbox.admin import acts as admin_acts
from sandbox.admin import corps as admin_corps
from sandbox.admin import people as admin_people
from sandbox.admin import record, trouble
from sandbox.admin import subscriptions as admin_subscriptions
from sandbox.admin.blueprint import bp as admin_bp
from sandbox.api import (
    blacklist,
    contacts,
    corps,
    custom,
    login,
    mass_send,
    media,
    menus,
    mini_program,
    qrcodes,
    quotas,
    service_messages,
    subscriptions,
    tags,
    tickets,
    tokens,
    users,
    web_login,
)
from sandbox.api.blueprint import bp as api_bp
from sandbox.api.blueprint import wrong_address
from sandbox.box import Box
from sandbox.callbacks import Courier
from sandbox.clock import Clock
from sandbox.later import Later
from sandbox.pages import authorize, desk, phone, proxy, story, till
from sandbox.pages.blueprint import bp as pages_bp
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.story.watcher import Watcher

ROUTES = (
    admin_accounts, admin_acts, admin_corps, admin_people, admin_subscriptions, record, trouble,
    blacklist, contacts, corps, custom, login, mass_send, media, menus, mini_program, qrcodes,
    quotas, service_messages, subscriptions, tags, tickets, tokens, users, web_login,
    authorize, desk, phone, proxy, story, till,
)  # fmt: skip


def open_box(settings: Settings) -> Box:
    """State and clock as the last run left them."""
    store = Store(settings.state / "sandbox.sqlite3")
    clock = Clock(store)
    return Box(settings, store, clock, Courier(settings, store, clock), Later())


def create_app(settings: Settings | None = None) -> Flask:
    """The sandbox as a WSGI application."""
    app = Flask(__name__, static_folder=None)
    if isinstance(app.json, DefaultJSONProvider):
        app.json.ensure_ascii = False  # WeChat writes real UTF-8
    box = open_box(settings or Settings.from_env())
    app.extensions["sandbox"] = box
    app.extensions["watcher"] = Watcher(box)
    app.register_blueprint(api_bp)
    app.register_blueprint(admin_bp)
    app.register_blueprint(pages_bp)
    app.register_blueprint(sms.bp)
    app.register_blueprint(calls.bp)
    app.register_error_handler(404, wrong_address)
    app.register_error_handler(405, wrong_address)
    mass.resume(box)
    return app
