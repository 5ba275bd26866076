"""What every test runs under."""

import os

from hypothesis import HealthCheck, settings

# No test depends on how fast the machine is, nor on chance: examples have no deadline, drawing them may take
# long, and they are the same in every run. HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile(
    "chatd", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("explore", settings.get_profile("chatd"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "chatd"))
