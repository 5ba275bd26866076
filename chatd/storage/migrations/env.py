"""Run by Alembic, inside the connection and transaction that `chatd.storage.upgrade` passes in."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite cannot alter much in place: batch operations rebuild a table instead.
    render_as_batch=True,
    # We begin and commit ourselves, so that DDL on SQLite is all or nothing as well.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
