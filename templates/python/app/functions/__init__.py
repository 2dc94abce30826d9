"""The functions of this app: each module has one, which is called handle."""


class Problem(Exception):
    """Is answered to the caller with its status and its detail."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status
        self.detail = detail
