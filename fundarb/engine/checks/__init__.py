"""What `doctor` looks at: each check a pure function from facts to a finding, so that asking and judging stay apart."""
