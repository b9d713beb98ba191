#include "lab/stage_names.h"

namespace trunkline::lab {
using wire::Stage;

std::string word_of(Stage stage) {
  switch (stage) {
    case Stage::client_send:
      return "client_send";
    case Stage::edge_in:
      return "edge_in";
    case Stage::edge_out:
      return "edge_out";
    case Stage::rank_in:
      return "rank_in";
    case Stage::rank_link:
      return "rank_link";
    case Stage::rank_matched:
      return "rank_matched";
    case Stage::rank_out:
      return "rank_out";
    case Stage::edge_back:
      return "edge_back";
    case Stage::edge_write:
      return "edge_write";
    case Stage::client_receive:
      return "client_receive";
    case Stage::edge_decided:
      return "edge_decided";
    case Stage::rank_routed:
      return "rank_routed";
    case Stage::store_asked:
      return "store_asked";
    case Stage::commit_begun:
      return "commit_begun";
    case Stage::committed:
      return "committed";
    case Stage::rank_durable:
      return "rank_durable";
    case Stage::edge_written:
      return "edge_written";
    case Stage::client_due:
      return "client_due";
  }
  return std::to_string(static_cast<unsigned>(stage));
}

std::string_view name_of(wire::Idle idle) {
  constexpr std::string_view kNames[wire::kIdleCount] = {"",
                                                         "busy",
                                                         "spinning",
                                                         "asleep, woken by doorbell",
                                                         "asleep, woken by descriptor",
                                                         "asleep, woken by backstop"};
  return kNames[static_cast<unsigned>(idle)];
}

std::string_view word_of(wire::Idle idle) {
  constexpr std::string_view kWords[wire::kIdleCount] = {"",         "busy",       "spinning",
                                                         "doorbell", "descriptor", "backstop"};
  return kWords[static_cast<unsigned>(idle)];
}

}  // namespace trunkline::lab
