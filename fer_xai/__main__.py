"""`python -m fer_xai` is `fer-xai`."""

from fer_xai.cli import main

if __name__ == "__main__":
    main()
