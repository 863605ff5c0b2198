"""What the fast engine promises whatever the model, the program of one GPU thread promises too.

The tests are the fast engine's own; the fixture `engine` gives them the GPU engine on this processor.
"""

from tests.engine.simd.test_engine import (  # noqa: F401
    test_a_failing_neighbour_changes_no_bit,
    test_a_later_start_and_given_initial_values,
    test_a_switch_at_or_before_the_start_counts_from_the_start,
    test_any_choice_of_observables,
    test_explicit_time_keeps_its_order,
    test_inputs_switch_at_their_moment_exactly,
    test_logistic_growth_meets_its_closed_form,
    test_no_times_and_no_members,
    test_rates_that_jump_in_time_are_met_exactly,
    test_values_are_as_exact_as_the_steps_when_few_are_asked_for,
)
from tests.engine.simd.test_faults import (  # noqa: F401
    test_a_bound_on_steps,
    test_a_matrix_that_needs_row_exchanges,
    test_a_solution_that_explodes_says_when,
    test_rates_that_are_not_finite_at_the_start,
    test_requests_that_make_no_sense,
    test_switches_out_of_order_are_bad_input,
    test_unknown_parameters_and_endless_states_are_bad_input,
)
