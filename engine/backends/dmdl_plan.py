"""What will be generated, before anything is: which layers together, on how many tokens, in which windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..geometry import Box
from ..plan import Job, Prompt
from ..tiling import LAYERS, Region, Timeline, packed, region_for, timeline, token_budget
from .dmdl_files import Sampling


@dataclass(frozen=True)
class Clock:
    """The canvas in time."""

    fps: Fraction
    frames: int
    loop: bool

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.fps


@dataclass(frozen=True)
class Member:
    """A layer of a group and where its tokens lie."""

    job: Job
    region: Region

    @property
    def prompt(self) -> Prompt:
        assert self.job.prompt is not None  # `arranged` takes only jobs with a prompt
        return self.job.prompt


@dataclass(frozen=True)
class Group:
    """Layers that are generated together and see each other, bottom to top."""

    members: tuple[Member, ...]
    timeline: Timeline
    steps: int  # of the sampler
    guidance: float

    @property
    def work(self) -> int:
        """Sampling steps of all windows."""
        return self.steps * len(self.timeline.windows)

    def split(self, most: int, canvas: Box) -> list[Group]:
        """The same layers in groups of at most `most`, each with the tokens that smaller groups may spend."""
        jobs = [member.job for member in self.members]
        return [_group([jobs[i] for i in some], self, canvas) for some in packed(len(jobs), most)]


def why_at_rest(job: Job) -> str:
    """Why there is nothing to generate for a job; empty where there is."""
    if job.box.is_empty:
        return "it is empty"
    if job.prompt is None or job.prompt.strength == 0:
        return "its strength is 0"
    if job.region_given and (job.region & job.box).is_empty:
        return "its region holds nothing of it"
    return ""


def arranged(jobs: Sequence[Job], canvas: Box, clock: Clock, sampling: Sampling) -> list[Group]:
    """Groups of the jobs that have something to generate: alike in time, steps and guidance, and wanted together."""
    alike: dict[tuple[str, int, float, Timeline], list[Job]] = {}
    for job in jobs:
        if job.prompt is None or why_at_rest(job):
            continue
        alone = "" if job.prompt.together else job.layer
        settings = _settings(job.prompt, sampling)
        alike.setdefault((alone, *settings, _timeline(job, job.prompt, clock)), []).append(job)
    return [
        _group([jobs[i] for i in some], Group((), line, steps, guidance), canvas)
        for (_, steps, guidance, line), jobs in alike.items()
        for some in packed(len(jobs), LAYERS)
    ]


def _settings(prompt: Prompt, sampling: Sampling) -> tuple[int, float]:
    steps = sampling.steps if prompt.steps is None else prompt.steps
    return steps, sampling.guidance if prompt.guidance is None else prompt.guidance


def _timeline(job: Job, prompt: Prompt, clock: Clock) -> Timeline:
    """A clip's is from the layer's start to its end; in a loop the start only moves the phase."""
    if clock.loop:
        return timeline(clock.seconds, loop=True)
    return timeline(max(Fraction(0), (job.frames[1] - 1) / clock.fps - prompt.start), loop=False)


def _group(jobs: Sequence[Job], like: Group, canvas: Box) -> Group:
    budget = token_budget(len(jobs))
    members = [Member(j, region_for(j.box, j.region if j.region_given else None, canvas, budget)) for j in jobs]
    return Group(tuple(members), like.timeline, like.steps, like.guidance)


# --- in words ---------------------------------------------------------------------------------------------------------


def notes(jobs: Sequence[Job], groups: Sequence[Group]) -> dict[str, str]:
    """A sentence for each job, by layer."""
    found = {job.layer: f"stands still: {why_at_rest(job)}" for job in jobs if why_at_rest(job)}
    for group in groups:
        found |= {member.job.layer: _note(member, group) for member in group.members}
    return found


def _note(member: Member, group: Group) -> str:
    region, windows = member.region, group.timeline.windows
    others = [other.job.path for other in group.members if other is not member]
    company = f"together with {', '.join(others)}" if others else "by itself"
    box = region.box
    return (
        f"generated {company}: {region.columns} x {region.rows} tokens over {box.width} x {box.height} px, "
        f"{_counted(len(windows), 'window')} of {max(map(len, windows))} motion steps, "
        f"{_counted(group.steps, 'step')} of the sampler, guidance {group.guidance:g}"
    )


def warnings(groups: Sequence[Group]) -> list[str]:
    """What a designer may not expect: layers that wanted to see each other and do not."""
    wanted = [g for g in groups if any(member.prompt.together for member in g.members)]
    if len(wanted) <= 1:
        return []
    layers = sum(len(group.members) for group in wanted)
    reason = f"at most {LAYERS} layers alike in time, steps and guidance are generated together"
    return [f"{layers} layers with prompts are generated in {len(wanted)} groups that do not see each other: {reason}"]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
