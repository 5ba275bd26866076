"""What every test runs under."""

from hypothesis import HealthCheck, settings

# No test depends on how fast the machine is: examples have no deadline, and drawing them may take long.
settings.register_profile("chatd", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chatd")
