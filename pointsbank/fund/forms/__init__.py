"""What is filled in about the fund: lines of the register, gifts, applications for subsidies."""
