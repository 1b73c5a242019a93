import { ACCEPTED_FLOODS } from "./accepted-floods.ts";
import { AWAY_FROM_HOME } from "./away-from-home.ts";
import { BEACONS } from "./beacons.ts";
import { BLIND } from "./blind.ts";
import { BORDER_CONTROLLERS } from "./border-controllers.ts";
import { BYE_ONE_WAY } from "./bye-one-way.ts";
import { CAMPAIGNS } from "./campaigns.ts";
import { CLOCK } from "./clock.ts";
import { COSTLY_CALLS } from "./costly.ts";
import { COVERED } from "./covered.ts";
import { COVERT } from "./covert.ts";
import { COVERT_SENTENCES } from "./covert-sentences.ts";
import { KNOWN_CUSTOMER } from "./customers.ts";
import { CUT_ENDS } from "./cut-ends.ts";
import { CUT_STARTS } from "./cut-starts.ts";
import { CUT_STRANGERS } from "./cut-strangers.ts";
import { DIALLED_WAYS } from "./dialled-ways.ts";
import { DIALOG_IDENTITY } from "./dialog-identity.ts";
import { DIALOG_SIGNS } from "./dialog-signs.ts";
import { DIGEST_LURES } from "./digest-lures.ts";
import { DISTRIBUTED } from "./distributed.ts";
import { EARLY_MEDIA } from "./early-media.ts";
import { EXPLOITS } from "./exploits.ts";
import { FALSE_OUTAGES } from "./false-outages.ts";
import { FAX_STRANGERS } from "./fax-strangers.ts";
import { FORGED_ANSWERS } from "./forged-answers.ts";
import { FORGED_FINALS } from "./forged-finals.ts";
import { FORGED_FLOODS } from "./forged-floods.ts";
import { FORGED_REDIRECTS } from "./forged-redirects.ts";
import { FORGED_REGISTERS } from "./forged-registers.ts";
import { FORKS } from "./forks.ts";
import { FORWARDING } from "./forwarding.ts";
import { GATEWAYS } from "./gateways.ts";
import { GATHERED_USERS } from "./gathered-users.ts";
import { GHOST_CALLS } from "./ghost-calls.ts";
import { GUESSES_IN_TURNS } from "./guesses-in-turns.ts";
import { HABITS } from "./habits.ts";
import { HABITS_HEALTHY } from "./habits-healthy.ts";
import { HIGH_COST_HOURS } from "./high-cost-hours.ts";
import { ICE_PASSWORDS } from "./ice-passwords.ts";
import { IDENTITY } from "./identity.ts";
import { IN_DIALOG } from "./in-dialog.ts";
import { IN_DIALOG_OTHERS } from "./in-dialog-others.ts";
import { IN_DIALOG_STRANGERS } from "./in-dialog-strangers.ts";
import { KNOWN_NUMBERS } from "./known-numbers.ts";
import { LARGE_RING_GROUPS } from "./large-ring-groups.ts";
import { LEGS_HALF_SEEN } from "./legs-half-seen.ts";
import { LOOK_ALIKES } from "./look-alikes.ts";
import { LOSSY_MIRRORS } from "./lossy-mirrors.ts";
import { LOST_ANSWERS_TO_BYE } from "./lost-answers-to-bye.ts";
import { LOST_REFUSALS } from "./lost-refusals.ts";
import { MEDIA_BURSTS } from "./media-bursts.ts";
import { MEDIA_GAMES } from "./media-games.ts";
import { MEDIA_HANDOVER } from "./media-handover.ts";
import { MEDIA_ICE } from "./media-ice.ts";
import { MEDIA_INJECTION } from "./media-injection.ts";
import { MEDIA_ON_HOLD } from "./media-on-hold.ts";
import { MEDIA_ONE_PORT } from "./media-one-port.ts";
import { MEDIA_PAUSES } from "./media-pauses.ts";
import { MEDIA_SECOND_SEQUENCE } from "./media-sequences.ts";
import { MEDIA_STRANGERS } from "./media-strangers.ts";
import { MEDIA_UNSIGNALLED } from "./media-unsignalled.ts";
import { MOVED_PHONES } from "./moved-phones.ts";
import { NAMING } from "./naming.ts";
import { NEIGHBOURS } from "./neighbours.ts";
import { NEW_NETWORKS } from "./new-networks.ts";
import { NUISANCE } from "./nuisance.ts";
import { ODD_ANSWERS } from "./odd-answers.ts";
import { ONE_SIGNAL } from "./one-signal.ts";
import { OUTAGE } from "./outages.ts";
import { OWN_KEYS } from "./own-keys.ts";
import { PARTY_MOVED } from "./party-moved.ts";
import { PASSED_CALLS } from "./passed-calls.ts";
import { PASSED_ON } from "./passed-on.ts";
import { PATIENT_GUESSES } from "./patient-guesses.ts";
import { PATIENT_WALKS } from "./patient-walks.ts";
import { PHONES_ALIKE } from "./phones-alike.ts";
import { POLICY } from "./policy.ts";
import { POLICY_LINKS } from "./policy-links.ts";
import { PORT_SCANS } from "./port-scans.ts";
import { PROBE } from "./probes.ts";
import { PUSH_SERVERS } from "./push-servers.ts";
import { RED_TEAM_ACCOUNTS } from "./red-team-accounts.ts";
import { RED_TEAM_DIALOG } from "./red-team-dialog.ts";
import { RED_TEAM_MEDIA } from "./red-team-media.ts";
import { REFERRALS } from "./referrals.ts";
import { REFLECTIONS } from "./reflections.ts";
import { REFUSED_FLOODS } from "./refused-floods.ts";
import { REFUSED_TRUNKS } from "./refused-trunks.ts";
import { RELAYS } from "./relays.ts";
import { REPLACED_CALLS } from "./replaced-calls.ts";
import { REPLAYS } from "./replays.ts";
import { RTP_LOSS } from "./rtp-loss.ts";
import { RTPBLEED } from "./rtpbleed.ts";
import type { Case } from "./scene.ts";
import { SDP_MULTIPART } from "./sdp-bodies.ts";
import { SDP_BUNDLE } from "./sdp-bundle.ts";
import { SEEN_ONE_WAY } from "./seen-one-way.ts";
import { SHARED_PROBES } from "./shared-probes.ts";
import { SILENT_FLOODS } from "./silent-floods.ts";
import { SLOW } from "./slow.ts";
import { SPRAYS } from "./sprays.ts";
import { STALE_PASSWORDS } from "./stale-passwords.ts";
import { STATE_REUSE } from "./state-reuse.ts";
import { STORY } from "./stories.ts";
import { STRANGER_FLOODS } from "./stranger-floods.ts";
import { STRINGS } from "./strings.ts";
import { TAKEN_BINDINGS } from "./taken-bindings.ts";
import { TAUGHT_WAYS } from "./taught-ways.ts";
import { TDOS } from "./tdos.ts";
import { TOLL_PROBING } from "./toll.ts";
import { TRANSACTION_IDENTITY } from "./transactions.ts";
import { TRUST_CLAIM } from "./trust-claims.ts";
import { TWO_WAYS } from "./two-ways.ts";
import { UNDECIDED_CALLS } from "./undecided-calls.ts";
import { UNKNOWN_PHONES } from "./unknown-phones.ts";
import { UNMATCHED_FLOODS } from "./unmatched-floods.ts";
import { UNSEEN_ANSWERS } from "./unseen-answers.ts";
import { WIDE_PROBES } from "./wide-probes.ts";

export const ALL_CASES: readonly Case[] = [
  ...STRANGER_FLOODS,
  ...MOVED_PHONES,
  ...LOST_ANSWERS_TO_BYE,
  ...LOST_REFUSALS,
  ...LEGS_HALF_SEEN,
  ...KNOWN_NUMBERS,
  ...SHARED_PROBES,
  ...SEEN_ONE_WAY,
  ...HIGH_COST_HOURS,
  ...GUESSES_IN_TURNS,
  ...GATHERED_USERS,
  ...ACCEPTED_FLOODS,
  ...BEACONS,
  ...BLIND,
  ...BORDER_CONTROLLERS,
  ...BYE_ONE_WAY,
  ...CAMPAIGNS,
  ...CLOCK,
  ...KNOWN_CUSTOMER,
  ...COVERED,
  ...RED_TEAM_ACCOUNTS,
  ...DIALLED_WAYS,
  ...DIALOG_IDENTITY,
  ...DIALOG_SIGNS,
  ...COSTLY_CALLS,
  ...COVERT,
  ...COVERT_SENTENCES,
  ...CUT_ENDS,
  ...CUT_STARTS,
  ...CUT_STRANGERS,
  ...DIGEST_LURES,
  ...DISTRIBUTED,
  ...EXPLOITS,
  ...EARLY_MEDIA,
  ...FAX_STRANGERS,
  ...FORGED_ANSWERS,
  ...FORGED_FINALS,
  ...FORGED_FLOODS,
  ...GATEWAYS,
  ...REFUSED_FLOODS,
  ...UNMATCHED_FLOODS,
  ...REFUSED_TRUNKS,
  ...FORGED_REDIRECTS,
  ...FORGED_REGISTERS,
  ...FORKS,
  ...FORWARDING,
  ...GHOST_CALLS,
  ...HABITS,
  ...HABITS_HEALTHY,
  ...ICE_PASSWORDS,
  ...IDENTITY,
  ...IN_DIALOG,
  ...IN_DIALOG_OTHERS,
  ...IN_DIALOG_STRANGERS,
  ...LARGE_RING_GROUPS,
  ...LOOK_ALIKES,
  ...MEDIA_BURSTS,
  ...MEDIA_GAMES,
  ...MEDIA_HANDOVER,
  ...MEDIA_ICE,
  ...MEDIA_INJECTION,
  ...MEDIA_ON_HOLD,
  ...MEDIA_ONE_PORT,
  ...MEDIA_SECOND_SEQUENCE,
  ...MEDIA_PAUSES,
  ...MEDIA_STRANGERS,
  ...MEDIA_UNSIGNALLED,
  ...NAMING,
  ...NEW_NETWORKS,
  ...NUISANCE,
  ...ODD_ANSWERS,
  ...NEIGHBOURS,
  ...ONE_SIGNAL,
  ...OUTAGE,
  ...OWN_KEYS,
  ...PARTY_MOVED,
  ...LOSSY_MIRRORS,
  ...PATIENT_GUESSES,
  ...PATIENT_WALKS,
  ...PASSED_CALLS,
  ...PASSED_ON,
  ...PHONES_ALIKE,
  ...POLICY,
  ...POLICY_LINKS,
  ...PORT_SCANS,
  ...PROBE,
  ...PUSH_SERVERS,
  ...RED_TEAM_DIALOG,
  ...RED_TEAM_MEDIA,
  ...REFERRALS,
  ...REFLECTIONS,
  ...RELAYS,
  ...REPLACED_CALLS,
  ...REPLAYS,
  ...RTP_LOSS,
  ...RTPBLEED,
  ...SDP_MULTIPART,
  ...SDP_BUNDLE,
  ...SILENT_FLOODS,
  ...SLOW,
  ...SPRAYS,
  ...UNDECIDED_CALLS,
  ...FALSE_OUTAGES,
  ...AWAY_FROM_HOME,
  ...STALE_PASSWORDS,
  ...STATE_REUSE,
  ...STORY,
  ...STRINGS,
  ...TAKEN_BINDINGS,
  ...TAUGHT_WAYS,
  ...TDOS,
  ...TOLL_PROBING,
  ...TRANSACTION_IDENTITY,
  ...TRUST_CLAIM,
  ...TWO_WAYS,
  ...UNKNOWN_PHONES,
  ...UNSEEN_ANSWERS,
  ...WIDE_PROBES,
];
