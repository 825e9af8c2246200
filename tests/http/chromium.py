"""How chromium is started by tests: without what it would ask others for, and on any machine."""


def command(folder, *arguments):
    """folder: what it writes down, in a folder of its own there."""
    return [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={folder}/browser", *arguments]
