"""The platform: everything of Pingji that runs in the gateway process."""
