"""Giving scenarios to people: the order, its preview, the act, and changing it afterwards."""
