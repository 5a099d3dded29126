"""The public page of the notice, with every version that was published, for people with and without an account."""
