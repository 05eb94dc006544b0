"""Runs requests on the GPU or CPU and tells how they go. This façade imports no torch."""

from studio.engine.protocol import Engine, EngineState, EngineStatus, Job

__all__ = ["Engine", "EngineState", "EngineStatus", "Job"]
