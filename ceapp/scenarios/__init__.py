"""Scenarios as plain values: reading, checking, rendering, walking and scoring them.

Pure: no request, session, clock or database. Text goes in; frozen values or a list of problems come out.
"""
