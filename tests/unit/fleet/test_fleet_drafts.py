import pytest

from dyno_core.errors import InvalidInput
from dyno_core.fleet.drafts import DynoDraft, RuleDraft, VehicleDraft
from dyno_core.fleet.drafts import TestTypeDraft as TypeDraft


def test_a_vehicle_is_tidied_and_its_class_follows_from_its_weight() -> None:
    draft = VehicleDraft(vin=" 1ftfw1et5dfc10312 ", tag=" 512W204 ", weight_lbs=10_000, drive_type="4x4").checked()
    assert (draft.vin, draft.tag, draft.weight_class, draft.drive_type) == (
        "1FTFW1ET5DFC10312",
        "512W204",
        "<10K",
        "AWD",
    )
    assert VehicleDraft(weight_lbs=10_001).checked().weight_class == ">10K"
    assert VehicleDraft(program="  ").checked().program is None


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (VehicleDraft(vin="1FTFW1ET5DFC1031O"), "is not a VIN"),
        (VehicleDraft(weight_lbs=0), "can't be a vehicle's weight"),
        (VehicleDraft(weight_lbs=12_000, weight_class="<10K"), "12,000 lb is >10K, not <10K"),
        (VehicleDraft(weight_class="heavy"), "is not a weight class"),
        (VehicleDraft(drive_type="RWD/AWD"), "give 2WD or AWD"),
        (VehicleDraft(model_year=26), "can't be a model year"),
        (VehicleDraft(tag="x" * 81), "more than 80 characters"),
        (VehicleDraft(notes="x" * 2001), "more than 2,000 characters"),
        (DynoDraft(name=" \x00 ", facility="N"), "dyno needs a name"),
        (DynoDraft(name="A", facility=""), "facility needs a name"),
        (DynoDraft(name="A", facility="N", supported_drives=("FWD",)), "is not a drive"),
        (DynoDraft(name="A", facility="N", supported_weight_classes=("light",)), "is not a weight class"),
        (DynoDraft(name="A", facility="N", preference=-1), "preference"),
        (TypeDraft(name="a|b"), "can't hold"),
        (TypeDraft(name="a", fixed_days=0), "1 to 366 days"),
        (TypeDraft(name="a", miles_per_day=float("nan")), "Miles per day"),
        (TypeDraft(name="a", colour=8), "colour"),
        (RuleDraft("brake", None, None, (" ",)), "names no dyno"),
        (RuleDraft("brake", "XWD", None, ("A",)), "give 2WD or AWD"),
        (RuleDraft("brake", None, "light", ("A",)), "weight class of a rule"),
    ],
)
def test_what_can_not_be_is_refused_in_a_sentence(draft: DynoDraft, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refused:
        draft.checked()
    assert str(refused.value).endswith(".")


def test_exclusions_outside_the_lists_are_dropped() -> None:
    draft = DynoDraft(
        name="A", facility="N", supported_weight_classes=(">10K", "<10K"), supported_drives=("2WD",),
        supported_test_types=("brake",), excluded_combinations=("brake|2WD|>10K", "evap|2WD|<10K"),
    ).checked()  # fmt: skip
    assert draft.supported_weight_classes == ("<10K", ">10K")
    assert draft.excluded_combinations == ("brake|2WD|>10K",)
    assert draft.capabilities == {"brake|2WD|<10K"}


def test_a_rule_knows_each_dyno_once_in_its_order() -> None:
    rule = RuleDraft(" brake ", "any", "any", ("B", "A", " B ")).checked()
    assert rule == RuleDraft("brake", None, None, ("B", "A"))
