export { type ActiveOptions, active } from './active.ts'
export {
  type BradleyTerryFit,
  type BradleyTerryOptions,
  bradleyTerry,
  fitBradleyTerry,
} from './bradley-terry.ts'
export { type EloOptions, elo } from './elo.ts'
export { knockout } from './knockout.ts'
export { type TournamentName, tournamentNames, tournaments } from './named.ts'
export {
  type Contest,
  callsOf,
  type Game,
  type GameRules,
  type Match,
  type MatchPlayed,
  type PlayOptions,
  playTournaments,
  type TournamentResult,
} from './play.ts'
export { judgedMatches, type Rater, winMatrix } from './ratings.ts'
export { roundRobin } from './round-robin.ts'
export { type SeededOptions, seeded } from './seeded.ts'
export { type SwissOptions, swiss } from './swiss.ts'
export { teams, teamsOf } from './teams.ts'
export type {
  Bounds,
  BracketMatch,
  Entrant,
  Pair,
  Rating,
  Result,
  Rounds,
  Score,
  Standing,
  Tournament,
} from './tournament.ts'
