"""The page's modules, by Node's own test runner, and what hands them to pytest."""
