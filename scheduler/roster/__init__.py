"""Which officers visit which enterprises, on which day, in which order?

documents  the shapes: visits, routes, slots, the roster
rules      one name and title for every rule of the roster
precheck   which visits nobody could ever make, and why
timetable  the clock of one day, with its lunch
fleet      how many team-days there are, and what their leads may judge
routes     visits into team-day routes
days       a day for every route, so that both seats of each can be filled
solver     how CP-SAT is asked
plan       the above together: `plan`
marginals  with what probability each officer sits in each seat
people     the frozen shares: `slots`; the draw of people: `staff`
check      the authority on every roster, written without a solver: `broken_rules`
"""
