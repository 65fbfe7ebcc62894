"""Who supervises whom, how much they see, and who covers for whom."""
