"""Where a model's parts lie on this machine, and in which numbers they compute.

`plan` decides from facts alone; `facts` measures them; `apply` carries a plan out. This façade
imports no torch.
"""

from studio.domain.planning import DeviceFacts, ModelFacts, Placement, frugaler, plan

__all__ = ["DeviceFacts", "ModelFacts", "Placement", "frugaler", "plan"]
