"""`python -m tests.docs`: write the made parts of the README anew."""

from tests.docs.blocks import README, updated

if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
