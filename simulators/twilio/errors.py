"""What Twilio says when it refuses; nothing here decides when to refuse."""

from typing import Any


class ApiError(Exception):
    """A refused REST request: HTTP status, Twilio's error code and its sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class ApplicationError(Exception):
    """The product's document cannot be fetched or played; the call ends by it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.url = ""


def not_found(path: str) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {path} was not found")


def unauthorised() -> ApiError:
    return ApiError(401, 20003, "Authenticate")


def invalid(message: str, code: int = 20001) -> ApiError:
    return ApiError(400, code, message)


def not_in_progress() -> ApiError:
    return ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
