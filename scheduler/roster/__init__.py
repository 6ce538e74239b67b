"""Which officers visit which enterprises, on which day, in which order?

documents  the shapes: visits, routes, slots, the roster
rules      one name and title for every rule of the roster
facts      doors, appointments and cars as the register has them; `doubts` at the import
visits     when and how each visit of the month may be made
coverage   how many visits of each sector the month must make
precheck   which visits nobody could ever make, and why
timetable  the clock of one day, with its lunch
fleet      how many team-days there are, and what their leads may judge; `peaks` at holidays
solver     how CP-SAT is asked
numbers    the month as a problem in numbers, and its plan with a clock again
plan       the above together: `plan`

the planner, on numbers alone

problem    visits, officers and days as arrays; a plan and its bound
crews      who could take each seat of a route, and how guessable that makes it
pricing    the best team-day route at given prices, exact for up to four visits a day
master     the best mixture of known routes, and what a visit and a team-day cost
generate   column generation: a bound on every plan
dive       whole routes out of the mixture; `improve` tries parts of the plan again
placing    a day for every route, so that both seats of each can be filled; `crewing` fills them
optimise   the above together; `outcome` is what comes out
search     ruin and recreate, where a day holds many visits; `relaxed` is its bound, `fallback` both
districts  a city, part by part

when something happens, and why

judge      every broken rule of a plan in numbers, without a solver
model      the rules as constraints: route × day × pair; `bars`, `cells`, `mip` beside it
repair     proposals from “change least” to “lose least”; `upset`, `rungs`, `versions`, `changes`
refill     a place for what falls out: a route with room, or a new team
substitutes  who takes a seat that became free: by lot
why        what a visit would cost and what would make it fit; `insertion`, `relaxations`
officers   why this officer on this seat
infeasible the smallest set of rules that cannot hold together; `cores`, `crowd`, `reasons`,
           `clockwork`
prices     what one more officer, car, certificate or half hour is worth; `price_lp`, `pool`
offers     the proposals with their seats drawn; `proposed` in words, `blocked` where none will do
mend       the same in the documents people hold; `laid`

people

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
check      the authority on every roster, written without a solver: `broken_rules`
"""
