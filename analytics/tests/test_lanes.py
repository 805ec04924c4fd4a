"""The picture of a call lies on one time axis, in percent of the call."""

from analytics.lanes import Bar, Mark, picture
from analytics.templatetags import lane_bars

RESULT = {
    "figures": {"duration": 200.0},
    "speech": {"caller": [[10.0, 20.0]], "agent": []},
    "unattended": [[0.0, 5.0]],
    "holds": [[50.0, 100.0]],
    "dead_air": [{"start": 20.0, "end": 24.0}],
    "overlaps": [],
}


def test_a_bar_lies_where_its_time_is():
    (bar,) = picture(RESULT).lanes[0].bars
    assert (bar.left, bar.width, bar.kind) == ("5.000%", "5.000%", "caller")


def test_each_speaker_has_a_lane_and_the_moments_share_one():
    lanes = picture(RESULT).lanes
    assert [lane.kind for lane in lanes] == ["caller", "agent", "moments"]
    assert [bar.kind for bar in lanes[-1].bars] == ["waiting", "hold", "dead-air"]


def test_the_axis_has_round_and_few_marks():
    marks = [tick.seconds for tick in picture(RESULT).ticks]
    assert marks == [0, 30, 60, 90, 120, 150, 180]


def test_a_call_without_a_length_has_no_picture():
    assert picture({**RESULT, "figures": {"duration": None}}) is None


def test_marks_are_among_the_moments_and_end_with_the_call():
    marks = [
        Mark("mute", "Agent muted", 100.0, 300.0),
        Mark("transfer", "Ada → Ben", 20.0, 20.0),
        Mark("voicemail", "Voicemail", 201.0, 204.0),
    ]
    mute, transfer = picture(RESULT, marks).lanes[-1].bars[-2:]
    assert (mute.kind, mute.left, mute.width) == ("mute", "50.000%", "50.000%")
    assert (transfer.kind, transfer.width) == ("transfer", "0.000%")


def test_only_what_is_in_the_picture_is_explained():
    assert picture(RESULT).kinds == {"caller", "waiting", "hold", "dead-air"}


def test_the_assistant_has_a_lane_of_its_own_and_changes_of_voice_are_moments():
    result = {**RESULT, "speech": {**RESULT["speech"], "assistant": [[30.0, 40.0]]}}
    lanes = picture(result, [Mark("mode", "Ada took over", 50.0, 50.0)]).lanes
    assert [lane.kind for lane in lanes] == ["caller", "agent", "assistant", "moments"]
    assert [bar.kind for bar in lanes[2].bars] == ["assistant"]
    assert lanes[-1].bars[-1].title == "Ada took over"


def test_a_speakers_bars_are_drawn_at_their_places_with_their_times():
    drawn = lane_bars.speech([Bar("5.000%", "2.500%", 60.0, 90.0, "<caller>")])
    assert 'class="bar &lt;caller&gt;" x="5.000%"' in drawn
    assert 'width="2.500%"' in drawn
    assert "<title>1:00 – 1:30</title>" in drawn
