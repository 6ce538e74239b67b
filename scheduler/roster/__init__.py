"""Which officers visit which enterprises, on which day, in which order?

documents  the shapes: visits, routes, slots, the roster
rules      one name and title for every rule of the roster
precheck   which visits nobody could ever make, and why
routes     visits into team-day routes, with lunch
days       a day for every route, so that both seats of each can be filled
plan       the three together: `plan`
people     who could sit where with what probability: `slots`; the draw of people: `staff`
check      the authority on every roster, written without a solver: `broken_rules`
"""
