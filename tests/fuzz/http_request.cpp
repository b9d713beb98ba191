// The HTTP request that a connection begins with, as Beast's parser and ours read it. Only a GET of
// /ws that asks for a WebSocket, with a sub-protocol of ours and from an origin that may, upgrades;
// everything else has its status. How the bytes are cut makes no difference.
#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>

#include "edge/http_parser.h"
#include "tests/fuzz/target.h"

namespace trunkline::fuzz {
namespace {

const std::vector<std::string> kOrigins = {"https://chat.example"};

struct Read {
  bool whole = false;
  unsigned status = 0;           // of what could not be read
  std::size_t header_bytes = 0;  // behind them comes what is no part of the request
  edge::HttpDecision decision;
};

// As async_read_header does: what is there is offered again with what came behind it.
Read read_in_pieces(BytesView bytes, std::size_t piece) {
  edge::RequestParser parser;
  boost::system::error_code error;
  std::size_t have = 0, used = 0;
  while (!parser.is_header_done() && have < bytes.size()) {
    have = std::min(bytes.size(), have + piece);
    error = {};
    used += parser.put(boost::asio::buffer(bytes.data() + used, have - used), error);
    if (error && error != boost::beast::http::error::need_more) break;
  }
  Read read;
  error = edge::checked(error, used);
  if (!parser.is_header_done() || error) {
    read.status = edge::status_of(error);
    return read;
  }
  read.whole = true;
  read.header_bytes = used;
  std::string protocols;
  const edge::HttpRequest request = edge::request_of(parser, protocols);
  read.decision = edge::decide(request, kOrigins);
  return read;
}

bool says(BytesView bytes, std::string_view what) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(bytes.begin(), bytes.end(), what.begin(), what.end(), same) != bytes.end();
}

void check_upgrade(BytesView bytes, const edge::HttpDecision& decision) {
  TRUNKLINE_CHECK(decision.protocol != edge::Protocol::echo, "only an edge that echoes does");
  TRUNKLINE_CHECK(says(bytes, "GET /ws"), "only /ws upgrades");
  TRUNKLINE_CHECK(
      says(bytes, "\nupgrade:") && says(bytes, "websocket") && says(bytes, "\nconnection:"),
      "only who asks is upgraded");
  TRUNKLINE_CHECK(
      says(bytes, "\nsec-websocket-protocol:") && says(bytes, edge::name_of(decision.protocol)),
      "only to what was offered");
  TRUNKLINE_CHECK(!says(bytes, "\norigin:") || says(bytes, kOrigins.front()),
                  "only from pages that may");
}

void check(BytesView bytes, const Read& read) {
  if (!read.whole) {
    constexpr std::array kStatuses = {0u, 400u, 431u};
    TRUNKLINE_CHECK(std::find(kStatuses.begin(), kStatuses.end(), read.status) != kStatuses.end(),
                    "what is no request has a status, or broke off");
    return;
  }
  if (read.decision.action == edge::HttpAction::upgrade) {
    return check_upgrade(bytes.substr(0, read.header_bytes), read.decision);
  }
  if (read.decision.action != edge::HttpAction::answer) return;
  constexpr std::array kStatuses = {400u, 403u, 404u, 405u, 426u};
  TRUNKLINE_CHECK(
      std::find(kStatuses.begin(), kStatuses.end(), read.decision.status) != kStatuses.end(),
      "an answer has its status");
  TRUNKLINE_CHECK(!read.decision.text.empty(), "an answer says why");
}

}  // namespace

void try_input(BytesView input) {
  const std::size_t piece = 1 + take_byte(input);
  const Read at_once = read_in_pieces(input, input.size() + 1);
  const Read in_pieces = read_in_pieces(input, piece);
  check(input, at_once);
  check(input, in_pieces);
  TRUNKLINE_CHECK(at_once.whole == in_pieces.whole &&
                      at_once.decision.action == in_pieces.decision.action &&
                      at_once.decision.status == in_pieces.decision.status,
                  "how the bytes are cut makes no difference");
}

}  // namespace trunkline::fuzz
