// The medians of 48 fresh launches of one cluster, as noise that a machine really has: for what
// `compare` must show (selftest.h).
//
//   trunkline-lab repeat -n 48 --cluster "--ranks 2 --edges fused" -r 1000 --pairs 4 -t 2 --warmup
//   0.5
//
// A virtual machine with 2 cores (AMD EPYC), other things running, 2026-11-26; direct class, in us.
#pragma once

namespace trunkline::lab {

inline constexpr double kRecordedP50Us[] = {
    158.1, 124.9, 152.3, 161.2, 154.0, 179.5, 180.6, 157.3, 243.5, 154.6, 159.7, 161.2,
    142.7, 159.9, 174.3, 133.9, 148.9, 223.9, 148.4, 138.6, 185.3, 193.0, 142.2, 209.2,
    145.8, 146.2, 174.2, 143.5, 331.3, 276.7, 153.1, 143.1, 161.4, 206.0, 136.8, 141.4,
    177.4, 150.5, 151.8, 142.8, 228.4, 173.4, 127.8, 186.0, 145.9, 187.9, 154.2, 145.5};

}  // namespace trunkline::lab
