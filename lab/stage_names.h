// Words for the stages of a message's road, and for what a rank did when it took a message.
#pragma once

#include <string>
#include <string_view>

#include "wire/trace.h"

namespace trunkline::lab {

// "commit_begun", in files. A number: it is not known here.
std::string word_of(wire::Stage stage);
// "asleep, woken by doorbell" for people, "doorbell" in files; empty: untold.
std::string_view name_of(wire::Idle idle);
std::string_view word_of(wire::Idle idle);

}  // namespace trunkline::lab
