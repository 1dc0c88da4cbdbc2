"""The rules of a district, one room per noun: journal, people, places, standards, checkup, low to high."""
