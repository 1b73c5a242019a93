/** One threat of the lists that the project follows, for docs/DETECTIONS.md. */
export interface Threat {
  readonly name: string;
  /** Values of `attack` in the metadata of rules that tell of it. */
  readonly attacks: readonly string[];
  /** Healthy scenes of these kinds (test/cases/) stay silent. */
  readonly healthy: readonly string[];
  /** Scenes in which an attacker who knows the rules is still found. */
  readonly tried: readonly string[];
  /** What still works against them. */
  readonly works: string;
}

export const THREATS: readonly Threat[] = [
  {
    name: "SIP scan, attack tools",
    attacks: ["sip_scan"],
    healthy: ["probe", "shared-probes"],
    tried: [
      "sweep_shared_by_twenty_hosts",
      "sweep_ipv6_by_register",
      "sweep_that_pings_like_a_pbx",
      "sweep_of_silent_hosts",
      "port_scan_slow_of_telephony_ipv6",
    ],
    works:
      "fewer than twenty hosts of a network within a day, by a tool with the habits of a phone; twenty dead hosts within an hour, where nearly three times as many answer; as severity 3 only: a sweep that many hosts share, over fifty dead hosts within an hour; SYNs to fewer than four ports of telephony of each host within an hour, however many hosts",
  },
  {
    name: "Extension enumeration",
    attacks: ["sip_enumeration"],
    healthy: ["outage", "known-customer", "distributed", "gateways", "unknown-phones", "blind"],
    tried: [
      "walk_each_half_hour",
      "enumeration_from_a_port_each_repeated",
      "walk_one_64_ipv6",
      "walk_by_invite_30_sources_slow",
      "customer_turns_walker",
      "walk_by_calls_that_the_server_drops_repeated",
      "walk_by_invite_without_answers",
      "walk_by_calls_of_20_hosts_500",
    ],
    works:
      "fewer users within a day than the rules count, each from another unrelated network; as severity 3 only: each user from a port and on a Call-ID of its own, in no order, four times at a telephone's pace",
  },
  {
    name: "Guessing of passwords, spraying, success after guessing",
    attacks: ["auth_bruteforce", "password_spray", "bruteforce_success"],
    healthy: [
      "known-customer",
      "slow",
      "story",
      "undecided-calls",
      "false-outages",
      "guesses-in-turns",
      "seen-one-way",
    ],
    tried: [
      "four_tries_for_each_of_160_users_by_20_hosts",
      "call_guesses_404_each_minute_at_a_user_who_is_there",
      "guesses_45s_no_success",
      "call_guesses_603",
      "call_guesses_of_20_hosts_603",
      "guesses_of_40_hosts_503_alone",
      "guesses_with_forged_200",
      "bursts_with_a_call_id_each",
      "guesses_at_one_user_in_many_spellings",
      "spray_25_sources_403",
      "patient_guesses_without_answers",
    ],
    works:
      "fewer guesses within a day than the rules count; at a telephone's pace fewer than four accounts of each host, or as many logins of one's own as accounts are tried in threes; one guess at each of many servers, each from another host; a password that was leaked and is right at once; as severity 3 only: guesses by calls that meet 5xx or silence, or come more slowly than one in 3 s, while the user's telephone is not seen and nobody else reaches the number, where the mirror shows one direction alone, and passwords that are tried at many accounts just as telephones come back, each from a port and on a Call-ID of its own",
  },
  {
    name: "Floods of signalling, from one source or many",
    attacks: ["register_flood", "invite_flood", "options_flood", "message_flood"],
    healthy: [
      "outage",
      "distributed",
      "accepted-floods",
      "refused-floods",
      "unmatched-floods",
      "stranger-floods",
      "refused-trunks",
    ],
    tried: [
      "publish_of_fifty_strangers",
      "options_of_ever_new_addresses_ipv6",
      "flood_of_one_packet",
      "flood_of_message_spoofed",
      "flood_without_answers",
      "flood_makes_the_outage",
      "one_packet_each_of_15_hosts",
      "flood_of_ack_of_made_up_hosts",
    ],
    works:
      "a flood below the counts of the rules; one that the server answers well, of hosts that have registered or brought five calls that were taken; ACK and CANCEL that belong to no call, where every fourth packet is a BYE, which is a flood of severity 3 of its own",
  },
  {
    name: "Reflection and amplification by SIP servers",
    attacks: ["sip_reflection"],
    healthy: ["reflection"],
    tried: ["amplified_by_a_server"],
    works:
      "answers less than four times as large as the requests, or below twenty a second; in the name of a customer that has proven to be there",
  },
  {
    name: "Messages straight to phones (SPIM), floods of messages that are taken",
    attacks: ["phone_message", "message_flood_accepted"],
    healthy: ["reflection", "shared-probes"],
    tried: [
      "texts_of_eight_strangers",
      "messages_straight_to_phones",
      "flood_of_messages_answered_well",
      "messages_of_one_source_100_a_second",
    ],
    works:
      "nine messages in ten minutes, of fewer than eight hosts; phones whose registration was not seen; fewer than eighty messages a second of one source, all taken",
  },
  {
    name: "ARP and neighbour discovery spoofing of PBX, router or phone",
    attacks: ["arp_spoof"],
    healthy: ["reflection", "neighbours"],
    tried: ["arp_spoofed_pbx", "nd_spoofed_by_questions"],
    works:
      "lies sent to one host only, so that the owner never has to say the contrary where the sensor hears it; a false router of IPv6 under an address of its own",
  },
  {
    name: "Deviation from a site's own past (DDoS, trunk trouble, account abuse)",
    attacks: [
      "register_anomaly",
      "call_anomaly",
      "options_anomaly",
      "failure_anomaly",
      "answer_ratio_anomaly",
      "duration_anomaly",
      "message_mix_anomaly",
      "new_sources_anomaly",
      "stream_anomaly",
      "account_anomaly",
      "destination_anomaly",
    ],
    healthy: ["outage"],
    tried: [],
    works: "growth so slow that it becomes the past",
  },
  {
    name: "Toll fraud",
    attacks: [
      "toll_fraud_probe",
      "toll_fraud",
      "toll_fraud_spend",
      "costly_calls",
      "forwarding_fraud",
      "call_back_lure",
    ],
    healthy: [
      "toll-probing",
      "refused-trunks",
      "campaign",
      "costly-calls",
      "forwarding",
      "story",
      "away-from-home",
      "high-cost-hours",
    ],
    tried: [
      "four_calls_high_cost_at_once_no_plan",
      "spend_spread_over_accounts",
      "toll_prefixes_shared",
      "toll_six_prefixes_strangers_in_turns",
      "campaign_six_hosts_another_number_each",
      "campaign_forty_hosts_once_each",
      "escaped_numbers_404",
      "prefixes_before_an_escaped_number",
      "prefixes_with_neighbours_480",
      "stolen_account_dials_in_twelve_ways",
      "leaked_password_calls_six_countries",
      "long_calls_one_by_one_to_one_country",
      "three_accounts_of_one_address_call_four_places",
      "prober_with_many_callers_and_ways",
    ],
    works:
      "few calls to ordinary looking numbers with stolen credentials; as severity 3 only: one way to dial for each address, with eight callers and numbers that have nothing in common; four or five high-cost places, or long calls one by one, where the account has been registered at that host for ten minutes; a campaign whose hosts dial another block at each server, or each get calls taken at half as many servers as refuse them",
  },
  {
    name: "Ghost calls straight to phones",
    attacks: ["ghost_calls"],
    healthy: ["ghost-calls"],
    tried: [
      "ghost_calls_other_callers",
      "ghost_calls_ipv6_many_phones",
      "ghost_calls_phones_of_unknown_servers_ipv6",
      "ghost_calls_on_one_call_id",
    ],
    works:
      "one call to a phone; where registrations are not seen: many phones within two seconds with one Call-ID, as a proxy rings a group",
  },
  {
    name: "Calls ended by a stranger (BYE, CANCEL)",
    attacks: ["bye_spoof", "cancel_attack"],
    healthy: ["one-signal", "dialog-identity", "party-moved", "two-ways", "bye-one-way"],
    tried: [
      "bye_in_the_name_of_a_busy_pbx",
      "bye_same_path_media_goes_on",
      "bye_forged_old_cseq",
      "cancel_forged_other_branch",
      "moved_says_the_bye_ipv6",
      "known_host_cancels_many",
      "bye_forged_in_a_call_before_the_sensor",
      "tags_planted_before_the_retry",
      "bye_from_where_the_party_was",
      "stranger_hangs_up_seven_calls_of_a_proxy_that_is_not_mirrored",
    ],
    works:
      "on the party's own way, with right tags and CSeq, in a call without media at the sensor whose party never hangs up itself; as severity 3 only: in a callee's name, where neither answers nor media are mirrored",
  },
  {
    name: "Calls hijacked (re-INVITE, REFER, INFO, forged answers)",
    attacks: ["reinvite_hijack", "refer_hijack", "dialog_injection", "answer_spoof"],
    healthy: [
      "in-dialog",
      "in-dialog-strangers",
      "party-moved",
      "forged-finals",
      "referrals",
      "cut-starts",
    ],
    tried: [
      "stranger_moves_media_of_a_call_cut_at_its_start",
      "forged_180_then_603",
      "forged_200_with_the_tag_of_the_180",
      "reinvite_from_nowhere_old_goes_on",
      "call_replaced_after_a_call_ipv6",
      "tapped_by_the_callers_own_way",
      "media_sent_before_the_refer",
      "answer_by_stranger_first",
      "refer_forged_media_goes_on",
      "ringing_call_picked_up_by_a_stranger",
      "call_joined_after_a_call",
      "ack_with_a_session_in_the_callers_name",
      "held_by_a_stranger_again_and_again",
      "update_refused_in_the_callees_name",
      "refer_with_the_target_dialog_of_a_call_ipv6",
    ],
    works:
      "a man in the middle who changes packets on their way and lets nothing else be seen; an INVITE with Replaces or Join by who is registered at a party, or was referred there just before; as severity 3 only by who has had a call with a party before, and a Join of the site's own network; an ACK with a session description by the caller's own MAC and TTL; a 183 by another way; as severity 3 only a re-INVITE of a stranger that leaves all media as it is; a BYE of which the mirror shows nothing but its answer",
  },
  {
    name: "Registrations hijacked, credentials replayed",
    attacks: ["registration_hijack", "account_takeover", "register_challenge", "register_redirect"],
    healthy: [
      "known-customer",
      "forged-redirects",
      "forged-registers",
      "away-from-home",
      "gathered-users",
    ],
    tried: [
      "twelve_users_bound_at_one_new_host",
      "register_302_at_the_captures_start",
      "register_305_and_the_pbx_is_kept_silent",
      "removed_in_the_phones_name_by_its_agent",
      "challenge_forged_at_the_captures_start",
    ],
    works:
      "right credentials from the owner's own network while the owner is away; right passwords of users whom the sensor has not seen registered elsewhere within the day, or from a host an hour after its first; a redirection by the registrar's own way, or by one that the phone does not follow while the registrar is kept silent; a forged challenge with a nonce that the registrar itself has issued, or before a registrar that never answers; in a phone's name at a registrar without passwords: by the phone's own MAC and TTL, or once it was refreshed so before that two ways seem usual",
  },
  {
    name: "Digests got out of phones by their callers",
    attacks: ["digest_lure"],
    healthy: ["digest-lure"],
    tried: ["digest_lured_by_neighbour_ipv6", "digest_lured_by_a_phone"],
    works:
      "behind a proxy that passes the challenge on; by a host that looks like a registrar or sits beside the carrier's",
  },
  {
    name: "Media injected or flooded",
    attacks: ["rtp_injection", "rtp_flood"],
    healthy: [
      "media-handover",
      "media-injection",
      "media-second-sequence",
      "media-ice",
      "media-pauses",
      "ice-passwords",
      "fax-strangers",
      "rtp-loss",
    ],
    tried: [
      "second_voice_dressed_as_dtmf",
      "inject_new_ssrc_each_packet",
      "inject_new_ssrcs_of_one_class",
      "restart_that_is_an_intruder",
      "unsignalled_injection_from_the_start",
      "flood_with_counting_ssrcs",
      "flood_of_rtcp",
      "srtp_injected_by_a_stranger",
      "media_from_nobodys_address",
      "hold_then_injection",
      "stranger_plays_to_who_is_on_hold",
      "inject_seen_one_way",
      "two_seconds_of_a_stranger",
      "stranger_in_the_pauses",
      "pauses_spoken_in_by_another_ssrc_ipv6",
      "one_pause_spoken_in_far_from_the_sequence",
      "ice_password_read_own_ssrc_ipv6",
      "ice_password_read_caller_behind_nat",
      "fax_written_into_by_a_stranger_ipv6",
      "copies_with_words_of_their_own",
    ],
    works:
      "fewer than eight packets between those of the stream, or less than a second of them; as severity 3 only to a phone on hold, to which nobody else sends, and nothing where the sender is of the site; in pauses by another way, but with an SSRC of its own and in fewer than four of them; in a fax's own address",
  },
  {
    name: "Keys pressed into a call (DTMF, RFC 4733)",
    attacks: ["dtmf_injection"],
    healthy: ["media-games", "media-second-sequence", "own-keys"],
    tried: [
      "dtmf_pressed_by_a_stranger",
      "dtmf_pressed_by_another_way",
      "dtmf_pressed_by_another_way_other_ssrc",
      "dtmf_injected_by_the_own_way",
      "dtmf_injected_behind_the_voice_ipv6",
      "keys_of_a_stranger_in_a_pause",
    ],
    works:
      "events by the stream's own way, in an SSRC or a far sequence of their own, as gateways send them; tones in the voice itself",
  },
  {
    name: "Media that goes on after its call",
    attacks: ["rtp_after_bye"],
    healthy: ["media-games"],
    tried: ["rtp_after_bye", "rtp_after_bye_by_other_ssrc_ipv6"],
    works: "from other ports than those of the call, or both sides with new SSRCs",
  },
  {
    name: "Payload types outside the offer",
    attacks: ["payload_type"],
    healthy: ["media-games"],
    tried: [],
    works: "information only: late codecs and gateways look the same",
  },
  {
    name: "RTPbleed: relays that learn strangers",
    attacks: ["rtpbleed"],
    healthy: ["rtpbleed"],
    tried: [
      "rtpbleed_slow_probes",
      "rtpbleed_bare_probes",
      "rtpbleed_reflected_ssrc",
      "rtpbleed_copied_ssrc",
      "rtpbleed_leak_before_its_probe",
      "rtpbleed_in_the_first_seconds",
      "rtpbleed_probes_of_forty_hosts",
    ],
    works: "a theft that ends before the party itself has sent for a second",
  },
  {
    name: "RTCP that contradicts the stream",
    attacks: ["rtcp_bye_spoof", "rtcp_report"],
    healthy: ["media-injection", "media-games"],
    tried: ["rtcp_bye_forged", "rtcp_counts_too_few_packets", "rtcp_reports_forged"],
    works:
      "a BYE with the stream's address, by its way; reports of a sender that was never seen to count right; less than fifty packets and a quarter between two reports",
  },
  {
    name: "Exploits of media receivers",
    attacks: ["media_exploit"],
    healthy: ["exploit"],
    tried: ["udptl_overflow"],
    works:
      "overflows that need less than 4 KiB, and contents: packets of ordinary size are not read into",
  },
  {
    name: "Malformed messages, fuzzing, injected strings",
    attacks: ["malformed_sip", "sip_injection"],
    healthy: ["strings", "exploit"],
    tried: [
      "fuzzing_one_defect_many_sizes",
      "headers_longer_than_are_read",
      "strings_sql_in_users",
      "strings_sql_without_blanks",
      "strings_behind_padding",
    ],
    works: "a single message that only one product chokes on",
  },
  {
    name: "Covert channels in signalling",
    attacks: ["covert_channel"],
    healthy: ["covert", "beacon", "habit"],
    tried: [
      "covert_hex_in_branch_ipv6",
      "covert_blanks_and_tabs",
      "covert_zero_width_subject",
      "covert_base32_in_call_id",
      "covert_base64_as_software",
      "covert_hex_as_name_ipv6",
      "covert_escaped_letters",
      "covert_encoded_messages",
      "covert_base64_in_a_via_parameter",
      "covert_hex_in_a_contact_parameter",
      "covert_sentence_user_of_to",
      "covert_sentence_uri_header",
      "covert_sentence_product",
      "covert_sentence_option_tag",
      "covert_sentence_organization",
      "covert_sentence_numbered_token",
      "covert_sentence_sdp_attribute",
      "beacon_with_jitter_ipv6",
      "beacon_by_messages",
      "habit_case_of_names",
      "habit_blank_behind_values",
      "habit_other_letters_in_call_id",
      "habit_max_forwards_as_nibble_ipv6",
      "habit_sealed_names",
      "habit_order_of_attributes",
      "habit_expires_as_number",
      "habit_reason_of_answers",
      "habit_rport_or_not",
      "habit_all_headers_permuted",
      "habit_compact_or_long",
      "habit_blanks_before_values",
      "habit_length_of_branch",
      "habit_first_cseq_as_data",
      "habit_version_of_software",
      "habit_name_of_session",
      "habit_case_of_tag",
      "habit_server_of_answers",
      "habit_which_headers",
    ],
    works:
      "in single messages: data that is encrypted or compressed before it is encoded, words as they are, fewer than twelve bytes a field, text behind other letters of its token. Against a sender's own habits: what is random anyway (random letters of the usual kind and length in Call-ID, tag, branch, CSeq of a device that draws them), users, ports, hosts, parameters of URIs, bodies, DTMF, media, times; one bit in the order of codecs, or inside of dialogs; fewer than one message in six, or each kind of message ten times at most; a From of its own for each message; what is sent while all together send more than fifty messages a second, of which that many are looked at. Regular polls (beacons) that carry it in Call-ID, tags or branch only, in tokens of fewer than 16 characters, not by the clock, or to a master that takes a registration or a call first",
  },
  {
    name: "Robocalls (SPIT), wangiri",
    attacks: ["robocalls"],
    healthy: ["nuisance"],
    tried: ["robocalls_shuffled_ipv6"],
    works:
      "numbers all over the country, each with another caller: as a campaign's, and where they ring for a moment as a PBX's that rings mobiles beside desks",
  },
  {
    name: "Denial of one number by calls (TDoS)",
    attacks: ["tdos"],
    healthy: ["nuisance", "tdos"],
    tried: [
      "tdos_on_one_number",
      "tdos_at_random_times",
      "tdos_raised_minute_by_minute",
      "tdos_by_the_clock_with_redials",
      "tdos_over_the_numbers_of_a_site",
    ],
    works:
      "fewer than twenty callers a minute; where nobody knows what is usual, or over many numbers of a site: at random times, with a redial in twenty calls, or with calls that are taken; one caller that calls again and again is a flood",
  },
  {
    name: "Orders to phones (check-sync, REFER)",
    attacks: ["phone_command"],
    healthy: ["nuisance"],
    tried: ["phone_sent_calling_by_stranger"],
    works: "in the name of the phone's own server; phones whose registration was not seen",
  },
  {
    name: "Caller identity (STIR/SHAKEN)",
    attacks: ["identity_forged", "identity_weak"],
    healthy: ["identity"],
    tried: ["identity_wrong_signature", "identity_replayed"],
    works:
      "a signer that signs what is not true; replay within a minute; the compact form, whose claims are not made anew to check its signature",
  },
  {
    name: "Encryption and policy",
    attacks: ["policy_violation", "policy_note"],
    healthy: ["policy"],
    tried: ["policy_srtp_stripped"],
    works: "RTP in clear that no seen signalling announces; SIP on hosts that nobody declared",
  },
  {
    name: "TURN relays abused",
    attacks: ["turn_abuse", "turn_flood"],
    healthy: ["relay"],
    tried: ["turn_loopback_in_ipv6_clothes", "turn_scan_of_private_space"],
    works:
      "TURN over TLS, of which only is told that it is there (`sensor.unread`), or over TCP with messages cut over segments; fifteen private hosts within five minutes",
  },
  {
    name: "ENUM walked",
    attacks: ["enum_walk"],
    healthy: ["relay"],
    tried: ["enum_walk_shuffled_ids_like_rtp"],
    works: "numbers out of order over more than a block of 10,000; AXFR and DNS over TCP or HTTPS",
  },
];

/** What is on the threat lists and shows nowhere, and why. */
export const UNSEEN: readonly (readonly [string, string])[] = [
  [
    "Certificates of SIPS from TLS 1.3 on",
    "they are encrypted; up to TLS 1.2 they are read (`policy.certificate`, `policy.tls_server`), and so is whether clients are asked for theirs",
  ],
  [
    "SRTP that is announced and not done",
    "with SDP it shows (`policy.srtp_downgraded`); whether payloads are really encrypted is not measured",
  ],
  [
    "What H.323, SCCP, MGCP and IAX2 say",
    "that they are there is told (`policy.legacy_protocol`); they are not read",
  ],
  [
    "Provisioning by names that are no phone's",
    "files that are called by a phone's MAC or model are told over TFTP and HTTP (`policy.clear_provisioning`); over HTTPS nothing is seen",
  ],
  [
    "DTMF in the stream's own name and way, in a sequence of its own",
    "gateways send keys like that; numbers that the voice has, too, are told, and so are another address, MAC or TTL (`rtp.keys_injected`)",
  ],
  ["Eavesdropping by a tap", "who only listens sends nothing"],
  ["What happens inside encrypted tunnels, on the phone, in its web page", "not on the wire"],
  [
    "Port scans that leave the ports of telephony alone, or knock at one of each host",
    "a SYN has no signalling, and a carrier connects to port 5060 of many hosts, too; four ports of telephony of one host are told (`tcp.port_asked`), the rest a network IDS sees",
  ],
  [
    "Users that a registrar tells by how long it takes to answer",
    "whoever measures that sends hundreds of ordinary requests, which are told as a walk; that answers differ is told (`policy.users_leak`)",
  ],
];

/** Captures that nobody here made whose label no alert can meet: who is said to attack, and what the packets show. */
export const LABELS: readonly (readonly [capture: string, attacker: string, shown: string])[] = [
  [
    "asterisk_testsuite/crash-27382.pcap",
    "media sender",
    "127.0.0.1 is named (9105031). Packet 122 crashed an Asterisk (AST-2017-012, CVE-2017-17664): RTCP of the stream's own sender with SR, RR and SDES, in which SR and RR report one source; in that of a healthy softphone (odedshimon_BruteShark/SIP_CALL_RTP_G711.pcap) they report two",
  ],
  [
    "honeynet_log_wrapped/honeynet2010_log_svwar_enumeration.pcap",
    "210.184.0.1 (placeholder)",
    "found: 9100010 and 9101007 name 210.184.0.1. The label is no address as it stands",
  ],
  [
    "initconf_sip-attacks/BadUserAgent-sipvicious.pcap",
    "all sources (11)",
    "found: 9100001 names each of the eleven. The label is no address",
  ],
];
