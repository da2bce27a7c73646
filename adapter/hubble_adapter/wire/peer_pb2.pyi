from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
PEER_ADDED: ChangeNotificationType
PEER_DELETED: ChangeNotificationType
PEER_UPDATED: ChangeNotificationType
UNKNOWN: ChangeNotificationType

class ChangeNotification(_message.Message):
    __slots__ = ["address", "name", "tls", "type"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    address: str
    name: str
    tls: TLS
    type: ChangeNotificationType
    def __init__(self, name: _Optional[str] = ..., address: _Optional[str] = ..., type: _Optional[_Union[ChangeNotificationType, str]] = ..., tls: _Optional[_Union[TLS, _Mapping]] = ...) -> None: ...

class NotifyRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class TLS(_message.Message):
    __slots__ = ["server_name"]
    SERVER_NAME_FIELD_NUMBER: _ClassVar[int]
    server_name: str
    def __init__(self, server_name: _Optional[str] = ...) -> None: ...

class ChangeNotificationType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
