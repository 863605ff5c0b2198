"""Events on a GPU: the fast engine's own tests, with the GPU engine on this processor."""

from tests.engine.simd.test_events import (  # noqa: F401
    test_a_ball_bounces_when_it_should,
    test_a_trigger_without_a_value_does_not_hold,
    test_an_event_that_makes_a_state_infinite_ends_the_member,
    test_delays_and_persistence,
    test_events_at_the_start_and_at_the_end,
    test_events_that_set_each_other_off_are_stopped,
    test_many_waiting_events_find_room,
    test_repeated_doses_add_up,
    test_switches_of_inputs_and_events_keep_their_order,
    test_systems_without_states_pass_time_and_have_events,
    test_the_order_is_that_of_the_reference,
    test_thresholds_agree_with_the_reference,
)
