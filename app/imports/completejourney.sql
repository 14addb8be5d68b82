-- Complete Journey as an SCRM would know it. Run by reader.py inside the package's data folder.
-- Clock: stored as naive UTC, the shop is in New York. That wall clock is kept and called the
-- brand's own; in UTC 233 of 2,102 redemptions would fall on a day without an order.

CREATE VIEW all_lines AS
SELECT *, transaction_timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' AS shop_time
FROM 'transactions.parquet';

-- A slice (the first orders by number) is for tests; without a limit everything is taken.
CREATE TABLE slice AS
SELECT DISTINCT basket_id FROM all_lines
ORDER BY basket_id LIMIT coalesce(getvariable('order_limit'), 10000000);

CREATE VIEW lines AS SELECT * FROM all_lines SEMI JOIN slice USING (basket_id);

CREATE TABLE baskets AS
SELECT DISTINCT basket_id, household_id, store_id, shop_time FROM lines;

COPY (
    SELECT store_id AS code, row_number() OVER (ORDER BY count(*) DESC, store_id) AS place
    FROM baskets GROUP BY store_id ORDER BY store_id
) TO 'stores.csv' (HEADER);

COPY (
    SELECT household_id AS number,
           min(shop_time)::date + getvariable('shift_days')::integer AS joined_on
    FROM baskets GROUP BY household_id ORDER BY household_id
) TO 'members.csv' (HEADER);

COPY (
    WITH facts AS (
        SELECT household_id, unnest([
            '年龄 ' || age,
            '收入 ' || income,
            '家庭 ' || household_size || ' 人',
            CASE kids_count WHEN '0' THEN '没有孩子' ELSE '孩子 ' || kids_count || ' 个' END
        ]) AS name
        FROM 'demographics.parquet'
    )
    SELECT household_id AS number, name
    FROM facts SEMI JOIN baskets USING (household_id)
    WHERE name IS NOT NULL ORDER BY ALL
) TO 'member_tags.csv' (HEADER);

COPY (
    SELECT product_id AS sku,
           coalesce(product_type, product_category, department) AS name,
           department, product_category AS category, package_size AS package
    FROM 'products.parquet'
    WHERE getvariable('order_limit') IS NULL OR product_id IN (SELECT product_id FROM lines)
    ORDER BY product_id::varchar
) TO 'products.csv' (HEADER);

COPY (
    SELECT basket_id AS order_no,
           row_number() OVER (PARTITION BY basket_id ORDER BY product_id) AS line_no,
           store_id AS store_code,
           household_id AS member_number,
           strftime(shop_time + to_days(getvariable('shift_days')::integer), '%Y-%m-%d %H:%M:%S')
               AS paid_at,
           product_id AS sku,
           quantity,
           round(sales_value * 100)::bigint AS paid_fen,
           round((sales_value + retail_disc + coupon_match_disc) * 100)::bigint AS list_fen,
           round(retail_disc * 100)::bigint AS retail_discount_fen,
           round(coupon_disc * 100)::bigint AS coupon_fen,
           round(coupon_match_disc * 100)::bigint AS coupon_match_fen
    FROM lines ORDER BY basket_id, product_id
) TO 'lines.csv' (HEADER);

CREATE TABLE targets AS
SELECT campaign_id, household_id FROM 'campaigns.parquet'
SEMI JOIN baskets USING (household_id);

COPY (
    SELECT campaign_id AS code, right(campaign_type, 1) AS kind,
           start_date::date + getvariable('shift_days')::integer AS starts_on,
           end_date::date + getvariable('shift_days')::integer AS ends_on
    FROM 'campaign_descriptions.parquet' ORDER BY campaign_id
) TO 'campaigns.csv' (HEADER);

COPY (
    SELECT campaign_id AS campaign_code, household_id AS member_number
    FROM targets ORDER BY ALL
) TO 'targets.csv' (HEADER);

-- 4,872 rows stand in the file twice.
CREATE TABLE eligible AS
SELECT DISTINCT coupon_upc, campaign_id, product_id FROM 'coupons.parquet';

CREATE TABLE offers AS
SELECT coupon_upc, campaign_id, campaign_type, coupon_upc || '-' || campaign_id AS code
FROM (SELECT DISTINCT coupon_upc, campaign_id FROM eligible)
JOIN 'campaign_descriptions.parquet' USING (campaign_id);

CREATE TABLE redemptions AS
SELECT *, row_number() OVER (
    PARTITION BY household_id, campaign_id, coupon_upc ORDER BY redemption_date) AS use_no
FROM 'coupon_redemptions.parquet' SEMI JOIN baskets USING (household_id);

-- The order of that day: one with an eligible product first, then the lowest number.
CREATE TABLE linked AS
SELECT r.*, b.basket_id
FROM redemptions AS r
JOIN baskets AS b
    ON b.household_id = r.household_id AND b.shop_time::date = r.redemption_date::date
LEFT JOIN (
    SELECT DISTINCT l.basket_id, e.coupon_upc, e.campaign_id
    FROM lines AS l JOIN eligible AS e USING (product_id)
) AS fitting
    ON fitting.basket_id = b.basket_id AND fitting.coupon_upc = r.coupon_upc
    AND fitting.campaign_id = r.campaign_id
QUALIFY row_number() OVER (
    PARTITION BY r.household_id, r.campaign_id, r.coupon_upc, r.use_no
    ORDER BY fitting.basket_id IS NULL, b.basket_id) = 1;

-- Types B and C: every target got every coupon. Type A: 16 a target, of which only the redeemed
-- ones are known; the rest is filled in by a fixed hash and marked synthetic.
CREATE TABLE issued AS
SELECT o.code, o.campaign_id, t.household_id, coalesce(u.uses, 0) AS used,
       o.campaign_type = 'Type A' AND u.uses IS NULL AS is_synthetic
FROM targets AS t
JOIN offers AS o USING (campaign_id)
LEFT JOIN (
    SELECT household_id, campaign_id, coupon_upc, count(*) AS uses FROM linked GROUP BY ALL
) AS u
    ON u.household_id = t.household_id AND u.campaign_id = o.campaign_id
    AND u.coupon_upc = o.coupon_upc
QUALIFY o.campaign_type <> 'Type A' OR row_number() OVER (
    PARTITION BY t.household_id, o.campaign_id
    ORDER BY u.uses IS NULL, md5(t.household_id || ':' || o.code)) <= 16;

COPY (
    SELECT o.code, o.campaign_id AS campaign_code,
           '限 ' || coalesce(min(p.product_category), '指定商品') AS name,
           (SELECT count(*) FROM issued AS i WHERE i.code = o.code) AS stock
    FROM offers AS o
    JOIN eligible AS e USING (coupon_upc, campaign_id)
    LEFT JOIN 'products.parquet' AS p USING (product_id)
    GROUP BY o.code, o.campaign_id ORDER BY o.code
) TO 'batches.csv' (HEADER);

COPY (
    SELECT coupon_upc || '-' || campaign_id AS batch_code, product_id AS sku
    FROM eligible ORDER BY ALL
) TO 'batch_products.csv' (HEADER);

COPY (
    SELECT campaign_id AS campaign_code, code AS batch_code, household_id AS member_number,
           greatest(used, 1) AS uses, is_synthetic
    FROM issued ORDER BY ALL
) TO 'coupons.csv' (HEADER);

COPY (
    SELECT campaign_id AS campaign_code, coupon_upc || '-' || campaign_id AS batch_code,
           household_id AS member_number, use_no, basket_id AS order_no
    FROM linked ORDER BY ALL
) TO 'redemptions.csv' (HEADER);
