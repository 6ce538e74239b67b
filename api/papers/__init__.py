"""Which papers does the month leave behind?"""
