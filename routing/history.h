// Pages of a mailbox's past, for a session that asks. A page is one read, cut into frames of at
// most 64 KiB; a request is always answered, because the edge stops reading a socket until it is.
#pragma once

#include "routing/courier.h"
#include "routing/loads.h"

namespace trunkline::routing {

class HistoryPages {
 public:
  HistoryPages(Loads& loads, Courier& courier) : loads_(loads), courier_(courier) {}

  void ask(Mailbox& mailbox, const wire::Address& from, const wire::History& history);
  void loaded(const ForHistory& purpose, const wire::HistoryLoaded& loaded);

 private:
  Loads& loads_;
  Courier& courier_;
};

}  // namespace trunkline::routing
