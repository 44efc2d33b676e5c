"""``python -m ionsim`` is the ``ionsim`` command."""

from .cli import main

if __name__ == "__main__":
    main()
