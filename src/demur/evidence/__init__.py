"""Evidence: one file that an authority checks on a laptop without a network and without trusting the platform."""
