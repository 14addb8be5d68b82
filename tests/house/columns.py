"""What every column of texts may hold. A new one belongs here, and a new plain personal one
nowhere: seal it (`…_encrypted`), and give it a keyed hash (`…_index`) where it must be found."""

SEALED, KEYED = "_encrypted", "_index"  # by their names; `flask keys` knows each sealed one

OF_NOBODY = {
    "our words": """
        access_tokens.lease_token api_health.api api_keys.scopes audit.act checkouts.opened_by
        checkouts.quote checkouts.state complaints.kind complaints.state
        contact_welcomes.state contest_results.staff_ids contests.credit_versions contests.metric
        contests.state consent_texts.purpose
        consents.channel consents.door
        consents.purpose contacts.channel contacts.direction coupon_batches.kind
        coupon_campaigns.kind coupon_counts.period coupon_counts.scope coupon_grant_rows.refusal
        coupon_grant_rows.state coupon_grants.reason coupon_grants.state coupon_promises.by
        coupon_promises.reason coupon_promises.refusal coupon_steps.by
        coupon_steps.from_step coupon_steps.to_step coupons.reason credits.way custom_fields.kind
        custom_values.kind deliveries.reason deliveries.state erasures.door erasures.lines
        erasures.state events.data events.name exports.filters exports.form exports.kind
        exports.state exports.why fan_tags.source follower_checks.state growth_entries.kind
        import_runs.counts import_runs.source import_runs.state inbox.last_error inbox.state
        insight_counts.basis
        js_tickets.lease_token mass_counts.month member_identities.ended_reason
        member_identities.kind member_identities.source member_merges.kept member_merges.record
        measure_kinds.form member_calls.state
        member_owners.why owner_move_rows.state owner_move_rows.why owner_moves.kind
        owner_moves.leaver_ids owner_moves.loads owner_moves.state
        member_tags.source member_twins.reason member_twins.state
        members.origin notes.readers notices.lease_token notices.state
        order_corrections.after order_corrections.before
        order_payments.method order_returns.kind order_returns.source order_returns.state
        orders.origin orders.source orders.state points_accounts.kind points_holds.state
        points_policies.made_by points_policies.policy
        points_transfers.kind presences.opened_by presences.way pulses.name
        push_batches.lease_token push_batches.month push_batches.state push_runs.period
        push_runs.state pushes.state qr_codes.kind qr_codes.purpose reaction_work.last_error
        reaction_work.reaction reaction_work.state redemptions.state reply_rules.kind
        reply_rules.trigger sign_in_rounds.way staff.role staff_bindings.way staff_sessions.face
        subscription_entries.step tier_steps.why till_conflicts.kind till_conflicts.reason
        script_uses.outcome scripts.situation
        task_batches.situation task_batches.state task_messages.state task_rules.kind
        task_steps.before task_steps.outcome task_steps.step tasks.outcome tasks.situation
        tasks.source tasks.state till_days.told tombstones.name visits.kind visits.outcome
        visits.served_outcome
        visits.state
        wechat_accounts.kind wechat_accounts.mode welcomes.state withdrawals.code
        withdrawals.state withdrawals.what
        """,
    "ids": """
        api_health.rid api_keys.public_id audit.request_id audit.subject checkouts.key
        checkouts.receipt_no complaints.key
        contacts.key contacts.source coupon_steps.reference erasures.receipt events.dedupe_key
        growth_entries.key kept_answers.client kept_answers.key kept_results.client
        kept_results.key member_calls.key
        member_identities.account member_shares.token members.number
        notices.subject
        notices.template_id order_points.part order_returns.order_no order_returns.return_no
        orders.order_no points_draws.hold_key points_holds.key points_refunds.key
        points_transfers.reference push_batches.key rate_buckets.name redemptions.key
        redemptions.order_ref seen_messages.message_id subscription_entries.template_id
        script_uses.key task_messages.key task_steps.key tasks.source_key till_conflicts.lost_key
        """,
    "hashes": """
        audit.hash audit.previous_hash audit_heads.hash audit_heads.seal checkouts.digest
        coupon_codes.code_hash exports.session_hash fan_sessions.token_hash import_runs.digest
        inbox.dedupe_key kept_answers.request_hash order_returns.digest orders.digest
        presences.token sign_in_rounds.browser_hash sign_in_rounds.state_hash
        sms_codes.code_hash staff.password_hash staff_devices.token_hash
        staff_recovery_codes.code_hash staff_sessions.token_hash tombstones.hash
        """,
    "the brand's words and things": """
        api_keys.name contest_players.team contest_results.name contests.name contests.prize
        brands.color brands.name brands.settings brands.slug brands.zone
        consent_texts.text consent_texts.version consents.text_version contacts.recording_url
        contact_ways.picture
        coupon_batches.claim_code coupon_batches.code qr_codes.claim_code coupon_batches.name
        coupon_batches.pack_sku coupon_batches.rule coupon_campaigns.code coupon_campaigns.name
        owner_moves.reason owner_rules.steps
        coupons.rule credit_rules.parts custom_fields.name custom_fields.options
        measure_kinds.name measure_kinds.options measure_kinds.unit earning_books.rules
        product_neighbours.neighbour product_neighbours.product product_pairs.product_a
        product_pairs.product_b products.category products.department products.name
        products.package products.sku
        push_runs.text pushes.name pushes.text qr_codes.place qr_codes.scene qr_codes.ticket
        qr_codes.url regions.name reply_rules.content reply_rules.words stores.code stores.name
        stores.line script_versions.words
        tags.group tags.name task_batches.why task_batches.words task_rules.words
        tasks.facts tasks.words tier_steps.reason tiers.name tiers.rights wechat_accounts.appid
        wechat_accounts.name wechat_accounts.original_id wechat_accounts.url_key
        wecom_corps.agent_id wecom_corps.corp_id
        """,
    # who works for the brand is not sealed: docs/architecture.md, "Personal data"
    "the staff's own": """
        audit.actor audit.detail contacts.agent contests.made_by
        credit_rules.made_by owner_rules.made_by
        custom_changes.changed_by earning_books.made_by
        erasures.asked_by login_attempts.key member_merges.merged_by member_merges.undone_by
        member_twins.decided_by staff.login staff.name staff_sessions.agent tier_steps.actor
        withdrawals.note withdrawals.settled_by
        """,
}
# What a brand lets its guides choose from, in its own words, for segments to compare.
COMPARED = {"custom_values.chosen"}
# The last four signs of a phone or an outside id, which name nobody by themselves.
LAST_FOUR = {"member_identities.value_tail", "members.phone_tail"}

KNOWN = LAST_FOUR.union(COMPARED, *(names.split() for names in OF_NOBODY.values()))
