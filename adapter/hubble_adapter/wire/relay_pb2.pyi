from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
NODE_CONNECTED: NodeState
NODE_ERROR: NodeState
NODE_GONE: NodeState
NODE_UNAVAILABLE: NodeState
UNKNOWN_NODE_STATE: NodeState

class NodeStatusEvent(_message.Message):
    __slots__ = ["message", "node_names", "state_change"]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NODE_NAMES_FIELD_NUMBER: _ClassVar[int]
    STATE_CHANGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    node_names: _containers.RepeatedScalarFieldContainer[str]
    state_change: NodeState
    def __init__(self, state_change: _Optional[_Union[NodeState, str]] = ..., node_names: _Optional[_Iterable[str]] = ..., message: _Optional[str] = ...) -> None: ...

class NodeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
