"""What a person can be told about signing in and devices."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotAllowedError, TooManyTriesError


class WrongSignInError(InvalidInputError):
    """One answer for an unknown name, a closed account and a wrong password."""

    code = "wrong_sign_in"

    def __init__(self) -> None:
        super().__init__("姓名或密码不对，请重新输入。", field="password")


class WrongPasswordError(InvalidInputError):
    """The old password that allows a new one is wrong."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("现在的密码不对，请重新输入。", field="old")


class SamePersonError(NotAllowedError):
    """What needs two people cannot be done by one who types a password twice."""

    code = "same_person"

    def __init__(self) -> None:
        super().__init__("要另一位工作人员，不能是您自己。")


class SecondPersonRoleError(NotAllowedError):
    """The second person works here in another role, or elsewhere."""

    code = "second_person_role"

    def __init__(self) -> None:
        super().__init__("这位的岗位不能办这件事。请另一位文书、管理员或“两委”干部来。")


class LastAdministratorError(ConflictError):
    """Without an administrator nobody could let anybody in again."""

    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__("这里至少要留一位管理员，请先让另一个人当管理员。", field="roles")


class WaitBeforeNextTryError(TooManyTriesError):
    """Too many wrong tries: wait."""

    code = "wait_before_next_try"


class WrongPairingCodeError(InvalidInputError):
    """Unknown, used or expired: the same answer."""

    code = "wrong_pairing_code"

    def __init__(self) -> None:
        super().__init__("配对码不对或已过期，请在办公电脑上重新生成一个。", field="code")


class SignInNameTakenError(ConflictError):
    """Somebody signs in under this name already."""

    code = "sign_in_name_taken"


class DeviceNotPairedError(NotAllowedError):
    """The browser is no kiosk, or no longer."""

    code = "device_not_paired"

    def __init__(self) -> None:
        super().__init__("这台机器还没有配对成自助机。请文书在“自助机”里生成配对码。")
