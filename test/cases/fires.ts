/** What fires a rule that neither a bundled capture nor a synthetic attack fires. */
export interface Firing {
  readonly sid: number;
  /** Name of a scene of `ALL_CASES`. */
  readonly scene: string;
  /** What the scene has that the captures have not. */
  readonly why: string;
}

export const FIRINGS: readonly Firing[] = [
  { sid: 9_101_008, scene: "walk_each_half_hour", why: "no capture of the lab lasts a day" },
  {
    sid: 9_101_009,
    scene: "walk_one_64_ipv6",
    why: "an address of its own for each request, no source asks twice",
  },
  {
    sid: 9_101_010,
    scene: "walk_by_invite_30_sources_slow",
    why: "each source calls a few extensions, one in twenty minutes",
  },
  {
    sid: 9_101_011,
    scene: "walk_by_invite_20_sources_short",
    why: "each source calls two extensions, too few altogether for an hour's count",
  },
  {
    sid: 9_101_012,
    scene: "walk_by_register_20_sources_slow",
    why: "the same by REGISTER, one in 80 s",
  },
  {
    sid: 9_102_006,
    scene: "spray_25_sources_403",
    why: "no source tries many accounts",
  },
  { sid: 9_102_007, scene: "spray_one_in_6_minutes", why: "slower than fifteen accounts an hour" },
  {
    sid: 9_102_008,
    scene: "guesses_45s_no_success",
    why: "hundreds of tries at the pace of a phone",
  },
  {
    sid: 9_103_008,
    scene: "flood_of_calls_no_answer",
    why: "no source sends more than a few, no answer is seen",
  },
  { sid: 9_103_009, scene: "flood_of_one_packet", why: "the same packet opens one transaction" },
  { sid: 9_103_011, scene: "flood_of_message", why: "no capture of the lab floods by MESSAGE" },
  {
    sid: 9_103_012,
    scene: "flood_of_message_spoofed",
    why: "the same from an address of its own each",
  },
  {
    sid: 9_103_013,
    scene: "flood_of_calls_after_the_server_fell",
    why: "the lab's servers go on answering a few",
  },
  {
    sid: 9_104_001,
    scene: "bye_to_both_on_hold",
    why: "unknown and no party, and no proof: nobody talks on or hangs up again",
  },
  {
    sid: 9_104_002,
    scene: "bye_forged_old_cseq",
    why: "by another way with an old CSeq, and no proof",
  },
  {
    sid: 9_104_004,
    scene: "bye_disowned_on_hold",
    why: "the party hangs up for itself and meets 481",
  },
  { sid: 9_104_005, scene: "roams_to_other_access_point", why: "one sign with a healthy reason" },
  { sid: 9_104_006, scene: "bye_to_four_calls_ipv6", why: "one source ends four calls of others" },
  {
    sid: 9_104_011,
    scene: "cancel_forged_other_branch",
    why: "by another way with another branch",
  },
  { sid: 9_104_013, scene: "cancel_to_four_calls", why: "one source cancels four calls of others" },
  {
    sid: 9_104_020,
    scene: "reinvite_refused_then_media",
    why: "a stranger moves the media of others",
  },
  { sid: 9_104_021, scene: "roams_reinvite_41s_later", why: "one sign with a healthy reason" },
  { sid: 9_104_030, scene: "refer_stranger_ipv6_200", why: "a stranger transfers a call" },
  { sid: 9_104_031, scene: "refer_in_callers_name", why: "one sign: another way" },
  { sid: 9_104_040, scene: "info_presses_keys", why: "a stranger presses keys in a call" },
  { sid: 9_104_041, scene: "info_by_another_way", why: "one sign: another way" },
  { sid: 9_104_050, scene: "answer_by_stranger_first", why: "who was asked answers as well" },
  { sid: 9_104_051, scene: "claims_by_forged_200", why: "who was asked says nothing" },
  { sid: 9_105_004, scene: "inject_offset_2_same_path", why: "only the payloads differ" },
  { sid: 9_105_005, scene: "inject_new_ssrc_each_packet", why: "no SSRC lasts" },
  {
    sid: 9_105_006,
    scene: "restarts_between_each_packet",
    why: "one sign: a second sequence by the own way",
  },
  { sid: 9_105_007, scene: "second_ssrc_same_path", why: "one sign: a second SSRC by the own way" },
  { sid: 9_105_011, scene: "rtcp_bye_forged", why: "the lab forges no RTCP" },
  { sid: 9_105_020, scene: "rtpbleed_bare_probes", why: "the lab has no relay" },
  {
    sid: 9_105_022,
    scene: "rtpbleed_leak_taken_back",
    why: "seven packets, then the phone has its media back",
  },
  {
    sid: 9_105_030,
    scene: "udptl_overflow",
    why: "no capture that is bundled overflows a receiver",
  },
  {
    sid: 9_107_006,
    scene: "fuzzing_one_defect_many_sizes",
    why: "the lab's fuzzer has many kinds of defect",
  },
  { sid: 9_110_001, scene: "covert_words_in_call_id", why: "the lab hides nothing" },
  { sid: 9_110_002, scene: "covert_sdp_version", why: "the lab hides nothing" },
  { sid: 9_111_001, scene: "identity_replayed", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_111_002, scene: "identity_wrong_signature", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_111_905, scene: "identity_of_unknown_signer", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_111_003, scene: "identity_of_another_caller", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_111_901, scene: "identity_of_another_callee", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_111_902, scene: "identity_stale", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_111_903, scene: "identity_lowered", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_111_904, scene: "identity_malformed", why: "the lab has no STIR/SHAKEN" },
  { sid: 9_112_001, scene: "policy_clear_sip", why: "the lab has declared nothing" },
  { sid: 9_112_002, scene: "policy_clear_rtp", why: "the lab has declared nothing" },
  { sid: 9_112_003, scene: "policy_srtp_stripped", why: "the lab has declared nothing" },
  { sid: 9_112_004, scene: "policy_unknown_peer", why: "the lab has declared nothing" },
  { sid: 9_112_005, scene: "policy_foreign_domain", why: "the lab has declared nothing" },
  { sid: 9_112_006, scene: "policy_codec", why: "the lab has declared nothing" },
  { sid: 9_112_007, scene: "policy_unsigned_call", why: "the lab has declared nothing" },
  { sid: 9_112_901, scene: "policy_notes", why: "the lab has declared nothing" },
  { sid: 9_112_902, scene: "policy_notes", why: "the lab has declared nothing" },
  { sid: 9_112_903, scene: "policy_notes", why: "the lab has declared nothing" },
  { sid: 9_112_904, scene: "policy_notes", why: "the lab has declared nothing" },
  { sid: 9_112_905, scene: "policy_notes", why: "the lab has declared nothing" },
  { sid: 9_112_906, scene: "policy_notes", why: "the lab has declared nothing" },
  { sid: 9_112_907, scene: "policy_notes", why: "the lab has declared nothing" },
  { sid: 9_110_901, scene: "covert_header_of_call_centre", why: "the lab hides nothing" },
  { sid: 9_106_001, scene: "toll_many_numbers_404", why: "each number once, so no prefix walk" },
  { sid: 9_106_003, scene: "toll_prefixes_shared", why: "two prefixes of each source" },
  { sid: 9_106_004, scene: "ghost_calls_slow_603", why: "three calls to one phone" },
  {
    sid: 9_106_005,
    scene: "ghost_calls_ipv6_many_phones",
    why: "many phones, one or two calls each",
  },
  {
    sid: 9_106_006,
    scene: "toll_many_numbers_503",
    why: "each number once, and the server says that it cannot",
  },
];
