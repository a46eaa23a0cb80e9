"""What a plan, a recipe and a manifest say of generated motion and the weights behind it. Without torch."""

from __future__ import annotations

from ..manifest import WeightsEntry
from ..plan import Job, Plan
from .dmdl_files import find_weights, parts_of, sampling_of
from .dmdl_plan import Clock, arranged, notes, warnings

NAME = "dmdl"
# licences that allow commercial use without more ado; of others art says that it does not know
_FREE = frozenset({"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0"})


def generated_jobs(plan: Plan) -> list[Job]:
    """The jobs that need weights."""
    return [job for job in plan.jobs if job.backend == NAME]


def outlined(plan: Plan, weights: str) -> Plan:
    """The plan with a note for each generated layer: tokens, windows, company, steps, guidance.

    Raises MissingInput for unknown weights, Unavailable for those whose files are not there.
    """
    jobs = generated_jobs(plan)
    if not jobs:
        return plan
    sampling = sampling_of(find_weights(weights))
    groups = arranged(jobs, plan.canvas, Clock(plan.fps, plan.frames, plan.loop), sampling)
    said = notes(jobs, groups)
    noted = tuple(
        job.model_copy(update={"notes": (*job.notes, said[job.layer])}) if job.layer in said else job
        for job in plan.jobs
    )
    return plan.model_copy(update={"jobs": noted, "warnings": (*plan.warnings, *warnings(groups))})


def weights_recipe(plan: Plan, weights: str, precision: str) -> dict[str, object]:
    """What of a result depends on weights: checksums of all their files, and the precision. Empty without prompts."""
    if not generated_jobs(plan):
        return {}
    parts = parts_of(find_weights(weights))
    return {"weights": {file.name: file.sha256 for _, file in parts}, "precision": precision}


def weights_entries(plan: Plan, weights: str) -> tuple[WeightsEntry, ...]:
    """The weights that took part, as the manifest lists them."""
    if not generated_jobs(plan):
        return ()
    return tuple(
        WeightsEntry(
            id=f"{owner.name}/{file.name}", sha256=file.sha256, licence=owner.license,
            commercial_use=owner.license in _FREE,
        )
        for owner, file in parts_of(find_weights(weights))
    )  # fmt: skip
