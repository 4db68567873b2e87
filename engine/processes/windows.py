"""Children on Windows: a Job Object that ends its processes when our handle to it closes.

The kernel closes our handles however we end, so KILL_ON_JOB_CLOSE is the whole of "dies with its parent",
grandchildren included. The child is created suspended, put into its job and only then let run: between
creation and assignment it could have started a process outside the job. `subprocess` keeps no handle of
the thread, hence NtResumeProcess instead of ResumeThread.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    CREATION_FLAGS = 0x00000004 | 0x00000200 | 0x08000000  # suspended, own group (no Ctrl+C), no console window
    _BELOW_NORMAL_PRIORITY_CLASS = 0x00004000
    _LIMIT_PRIORITY_CLASS = 0x00000020
    _LIMIT_PROCESS_MEMORY = 0x00000100
    _LIMIT_DIE_ON_UNHANDLED_EXCEPTION = 0x00000400  # no dialog of the system about a crash
    _LIMIT_KILL_ON_JOB_CLOSE = 0x00002000
    _EXTENDED_LIMIT_INFORMATION = 9

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel32.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    _kernel32.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
    _kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel32.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
    _kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    _ntdll = ctypes.WinDLL("ntdll")
    _ntdll.NtResumeProcess.argtypes = (wintypes.HANDLE,)

    class Job:
        """A job that one child and everything it starts belong to."""

        def __init__(self, *, low_priority: bool, memory_limit_bytes: int) -> None:
            self._handle = _checked(_kernel32.CreateJobObjectW(None, None))
            limits = _ExtendedLimits()
            flags = _LIMIT_KILL_ON_JOB_CLOSE | _LIMIT_DIE_ON_UNHANDLED_EXCEPTION
            if low_priority:
                flags |= _LIMIT_PRIORITY_CLASS
                limits.BasicLimitInformation.PriorityClass = _BELOW_NORMAL_PRIORITY_CLASS
            if memory_limit_bytes > 0:
                flags |= _LIMIT_PROCESS_MEMORY
                limits.ProcessMemoryLimit = memory_limit_bytes
            limits.BasicLimitInformation.LimitFlags = flags
            _checked(
                _kernel32.SetInformationJobObject(
                    self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
                )
            )

        def adopt(self, process_handle: int) -> None:
            """Take in a process that was created suspended, and let it run."""
            _checked(_kernel32.AssignProcessToJobObject(self._handle, process_handle))
            _ntdll.NtResumeProcess(process_handle)

        def kill(self) -> None:
            """End every process of the job."""
            if self._handle:
                _kernel32.TerminateJobObject(self._handle, 1)

        def close(self) -> None:
            """Let go of the job, which ends what is left in it."""
            if self._handle:
                _kernel32.CloseHandle(self._handle)
                self._handle = 0

    def _checked(result: int) -> int:
        if not result:
            raise ctypes.WinError(ctypes.get_last_error())
        return result
