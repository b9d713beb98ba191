// What a test that uses cluster::Events does with signals.
#pragma once

namespace trunkline::tests {

// Events keeps SIGTERM and SIGINT for a supervisor; a test that is told to end shall end. Its
// children go with it. Call it after each Events was made.
void die_of_signals();

}  // namespace trunkline::tests
