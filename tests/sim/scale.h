// How a cluster grows: what a login and a message cost, and what a rank keeps, with 2 to 1,024
// ranks. Real routers, gateways and stores; roads that take no time; one edge on every rank.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "routing/router.h"

namespace trunkline::sim {

// Frames for each login or message: on ports (edge to rank or back) and on links (rank to rank).
struct Cost {
  double port_frames = 0, link_frames = 0;
  double frames() const { return port_frames + link_frames; }
};

struct Scale {
  std::size_t ranks = 0, users = 0;
  Cost login, stored, direct;
  // Of a stored message, on links: the message, its answer, its way to the receiver (with what the
  // receiver's edge says back), and the sender's copy (with its confirm).
  double send_hops = 0, answer_hops = 0, deliver_hops = 0, copy_hops = 0;
  std::size_t bytes_per_peer = 0;   // of the rank that keeps most
  double state_bytes_per_rank = 0;  // all the rest
  double users_spread = 0;          // by home: most of a rank / mean
  double frames_spread = 0;         // frames taken from links: most of a rank / mean
};

// `users_per_rank` of them log in, each at an edge by chance, and write `messages_per_user`.
Scale measure_scale(std::size_t ranks, std::size_t users_per_rank, std::size_t messages_per_user,
                    routing::Routes routes);

std::string markdown_of(const std::vector<Scale>& rows);

}  // namespace trunkline::sim
