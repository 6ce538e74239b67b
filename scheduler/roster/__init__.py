"""Which officers visit which enterprises, on which day, in which order?

documents  the shapes: visits, routes, slots, the roster
rules      one name and title for every rule of the roster
facts      doors, appointments and cars as the register has them
visits     when and how each visit of the month may be made
coverage   how many visits of each sector the month must make
precheck   which visits nobody could ever make, and why
timetable  the clock of one day, with its lunch
fleet      how many team-days there are, and what their leads may judge
routes     visits into team-day routes
days       a day for every route, so that both seats of each can be filled
solver     how CP-SAT is asked
numbers    the month as a problem in numbers, and its plan with a clock again
plan       the above together: `plan`
seats      which certificates the officer in each seat must hold
network    which flows are lotteries over valid rosters
marginals  with what probability each officer sits in each seat
guesses    how well the officers of each route can be guessed, and out of which pool
cures      why one officer is likelier than not to come, and what would mend it
watch      what someone who has watched the month so far could guess
fair       seat lists, field days and shares of the fairest lottery there is
bans       pairs who may not go together, where no swap could part them
people     the frozen shares: `slots`; the draw of people: `staff`
sealed     when the names of the drawn come out
curve      what it costs that officers cannot be guessed
mend       what becomes of a drawn roster when something happens
laid       the month that stands in documents, in numbers: what repairs and questions begin with
check      the authority on every roster, written without a solver: `broken_rules`
"""
