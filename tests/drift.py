"""`alembic check` on a fresh database: models and migrations must agree."""

from app.core import migrate
from tests import ground


def main() -> None:
    with ground.cloned(ground.admin_url()) as urls:
        migrate.check(urls.owner)


if __name__ == "__main__":
    main()
