//! Every word the parser knows, once, under the kinds of word it can be.
//!
//! A word that stands nowhere here is not understood, and a cell with such a
//! word in it gives no rule. To teach the parser a word, add it to its kind; to
//! teach it a start, add a row to [`super::senses`].

use std::collections::HashMap;
use std::sync::LazyLock;

use super::kinds::Kinds;

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $kind:ident = $words:literal;)*) => {
        /// What a word can be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($(#[$doc])* $kind,)* }

        const TABLE: &[(Kind, &str)] = &[$((Kind::$kind, $words),)*];
    };
}

vocabulary! {
    // How long.
    /// Calendar years.
    Years = "year years yr yrs";
    /// Calendar months.
    Months = "month months mth mths mnth mnths";
    /// Weeks.
    Weeks = "week weeks wk wks";
    /// Days.
    Days = "day days";
    /// Says only that the count is of whole ones.
    Whole = "full complete whole clear calendar consecutive";
    /// One.
    One = "a an";
    /// Says only that the count comes on top.
    Further = "further additional another extra more";

    // How the parts hang together.
    /// From the start on.
    Link = "after from following since post afer aftr frm";
    /// From the start on, where a state or event is named.
    When = "when once upon on at";
    /// Up to the start.
    Until = "until till til";
    /// The state lasts.
    While = "while whilst";
    /// The whole of something.
    Span = "duration length life lifetime lifespan throughout during";
    /// The whole of something, before "of".
    SpanOf = "term period";
    /// Says only where the counting begins.
    Counting = "starting beginning commencing calculated counted counting measured running";
    /// Plus.
    And = "and";
    /// Plus.
    Plus = "plus";
    /// A choice.
    Or = "or";
    /// A choice with a rule to choose by.
    Whichever = "whichever";
    /// A condition.
    If = "if";
    /// Before.
    Before = "before under below prior";
    /// The later, longer.
    Later = "later latest last longer longest greater greatest";
    /// The earlier, shorter.
    Earlier = "earlier earliest first sooner soonest shorter shortest";
    /// Comes, occurs.
    Comes = "comes occurs happens falls is be occurring occur";
    /// At least.
    Minimum = "minimum min";
    /// Not beyond.
    Maximum = "maximum max";
    /// The middle of "at least", "not less than".
    Least = "least";
    /// The middle of "not less than".
    Less = "less fewer";
    /// The middle of "no more than".
    More = "more longer later exceeding";
    /// The end of "not less than".
    Than = "than";
    /// Not.
    Not = "not no never don't";
    /// The middle of "up to".
    Up = "up";
    /// To.
    To = "to";
    /// Of.
    Of = "of";

    // Which year.
    /// The one running.
    Current = "current";
    /// The one spoken of.
    Relevant = "relevant same that which this";
    /// 1 April to 31 March or as set.
    Financial = "financial fiscal fin";
    /// To 5 April.
    Tax = "tax";
    /// To 31 August or as set.
    Academic = "academic school";
    /// January to December.
    Calendar = "calendar";
    /// From one annual meeting to the next.
    Municipal = "municipal civic";
    /// Codes for the current year.
    CurrentYearCode = "cy";
    /// Codes for the financial year.
    FinancialYearCode = "fy fye fyr";
    /// Codes for the academic year.
    AcademicYearCode = "ay";
    /// Codes for the tax year.
    TaxYearCode = "ty";
    /// Three months to 31 March, 30 June, 30 September, 31 December.
    Quarter = "quarter";
    /// What a record does to its year.
    Relates = "relates relate relating related refer refers refers pertain pertains concern concerns apply applies cover covers belong belongs";

    // Codes.
    /// Code for the closing of a case.
    CaseCode = "case";
    /// Code for the last action.
    ActionCode = "action";
    /// Code for the end of a contract's terms.
    TermsCode = "terms";
    /// Code for a maximum.
    DestroyCode = "d";
    /// For ever.
    Permanent = "permanent permanently perm indefinite indefinitely forever perpetuity perpetually";

    // Who and what.
    /// Says nothing in a start.
    Noise = "the a an of date dates day time on in at by for to was is has have had been are were be being its their his her your our any this that which who when each from point moment they it he she with as it's you us";
    /// The last one.
    Last = "last final latest recent most";
    /// Records themselves.
    Records = "record records document documents data information files file item items entry entries documentation paperwork papers";
    /// What is opened and closed.
    CaseThing = "case cases file files record records complaint complaints claim claims enquiry enquiries inquiry inquiries query queries request requests matter matters dispute disputes grievance grievances referral referrals appeal appeals investigation investigations incident litigation proceedings folder issue caseworker casework ticket";
    /// What sort of case it is.
    CaseOf = "foi eir sar dsar insurance legal liability safeguarding enforcement disciplinary court tribunal social work compensation freedom of information";
    /// What is closed, but settled otherwise.
    Account = "account accounts";
    /// Closed.
    Close = "closed closure close closes";
    /// What is raised on a day.
    Raised = "complaint claim request enquiry query";
    /// Settled.
    Conclude = "concluded conclusion concludes resolved resolution resolves finalised finalized finalisation finished";
    /// Concluded, or an event of its own.
    Settle = "settled settlement settles";
    /// Ended.
    Ended = "end ends ended ending life lifetime lifespan";
    /// Ended.
    End = "end ends ended ending cessation cease ceases ceased ceasing finish finishes finished termination terminates terminated terminating";
    /// Ended, of a contract or an employment; alone it does not say of which.
    Termination = "termination terminates terminated terminating";
    /// Employment.
    Employment = "employment employed";
    /// People employed.
    Staff = "employee employees staff worker workers postholder postholders teacher teachers colleague apprentice apprentices";
    /// Where they are employed.
    Employer = "organisation organization council authority agency company trust employer";
    /// Gone.
    Leave = "leave leaves leaving left leaver leavers departs departure departed";
    /// People served.
    Served = "pupil pupils child children student students learner learners patient patients client clients user users resident residents adult adults child's customer customers participant participants applicant applicants minor minors young youth boy girl offender";
    /// People about them, whose birth and death are not theirs.
    Relative = "family parent parents carer carers";
    /// People, whoever they are.
    Person = "person people persons individual individuals persons";
    /// Where they are served.
    Setting = "school setting nursery college care home provision placement service services hospital centre center ward academy sixth form club";
    /// What they are given.
    Treatment = "treatment care intervention therapy";
    /// What they are given, whose end may be an event of its own.
    Support = "placement support provision involvement engagement episode";
    /// A service; of the staff, or to people.
    Service = "service services";
    /// Discharge.
    Discharge = "discharge discharged";
    /// Contact.
    Contact = "contact contacts seen attendance attended attends";
    /// Contact, or an event of its own.
    Visit = "visit visited visits";
    /// Says only how contact was.
    Known = "known recorded";
    /// Action on a file.
    Act = "entry entries action actions activity transaction transactions";
    /// Change of a record.
    Change = "modified modification modifications amended amendment amendments changed change update updated updates edited edit";
    /// What entries are made in.
    Book = "register registers book books log logs ledger ledgers diary diaries form forms account accounts system database minute sheet sheets journal card cards volume";
    /// Review.
    Reviewed = "review reviewed";
    /// Made.
    Create = "creation created recorded recording captured generated compiled originated written origination capture compilation";
    /// Made, where it says what.
    Make = "made making";
    /// What has a date of its own.
    Dated = "record document recording footage records documents";
    /// Pictures.
    Footage = "recording recordings footage image images cctv video videos call calls photograph photographs photo photos";
    /// Published.
    Publish = "publication published publishing";
    /// What is published or replaced.
    Publication = "report reports notice notices newsletter minutes policy policies plan plans procedure procedures guidance strategy statement statements edition version versions document documents register accounts guide handbook manual leaflet directory article information data record records list schedule protocol guideline guidelines standard standards code codes bylaw byelaw map maps page pages website webpage press release order";
    /// Paid.
    Pay = "payment paid payments";
    /// What is paid.
    Payable = "grant grants invoice invoices benefit benefits pension pensions salary salaries wage wages fee fees fine fines award allowance allowances expenses bill bills debt rent charge charges claim loan account payroll supplier";
    /// Decided.
    Decide = "decision determination judgment judgement determined decided";
    /// What is decided on.
    Decided = "application applications planning case claim appeal committee court tribunal panel request licensing cabinet council hearing proposal complaint made taken was";
    /// An order.
    Order = "order orders";
    /// What orders there are and how they come about.
    OrderOf = "adoption court made making care supervision placement guardianship special residence sealed tree preservation traffic regulation";
    /// Office.
    Office = "office tenure";
    /// A term.
    Term = "term terms";
    /// Who holds office.
    Member = "member members councillor councillors governor governors trustee trustees mayor chair chairman elected hold holding holds holder officer";
    /// Who holds office and is nothing else.
    Holder = "councillor councillors governor governors trustee trustees mayor";
    /// Ran out.
    Expire = "expiry expires expired expiration expire lapse lapses lapsed lapsing";
    /// What runs out.
    Permission = "lease leases licence licences license licenses permit permits insurance certificate certificates warranty guarantee guarantees cover permission permissions bond pass badge badges";
    /// What a permission is for.
    PermissionOf = "policy policies liability employers public premises taxi driver driver's vehicle alcohol gambling street trading planning employer hire private personal property policyholder indemnity professional operator animal boarding parking blue resident residents";
    /// Insurance.
    Insurance = "insurance";
    /// A policy.
    Policy = "policy policies";
    /// A contract.
    Contract = "contract contracts agreement agreements sla framework";
    /// A contract that runs out.
    Agreement = "agreement agreements";
    /// A contract to some, an event to others.
    Tenancy = "tenancy tenancies";
    /// A permission to some, a contract to others.
    Lease = "lease leases";
    /// What a contract is about.
    ContractOf = "term terms under seal signed hand supplier supply level service services hire maintenance purchase works construction tenant tenants secure introductory framework procurement consultancy contractor commercial shared partnership main all of";
    /// Finished.
    Complete = "completion completed completes complete";
    /// What is finished.
    Project = "project projects works work construction study research building development installation repair repairs job programme refurbishment";
    /// What is finished and not otherwise ended.
    Task = "audit audits training course courses survey surveys exercise practical scheme initiative";
    /// Replaced.
    Supersede = "superseded supersession supersedes replaced replacement superceded";
    /// What replaces.
    NewOne = "new newer updated revised later version edition one copy next current subsequent";
    /// Consent.
    Consent = "consent";
    /// Taken back.
    Withdraw = "withdrawn withdrawal withdraws withdrew revoked withdraw revocation";
    /// Disposed of.
    Dispose = "disposal disposed";
    /// What is disposed of.
    Asset = "asset assets equipment vehicle vehicles plant machine machinery furniture vessel appliance";
    /// Land and what stands on it.
    Property = "property land building premises site";
    /// Death.
    Death = "death died dies deceased dod";
    /// Birth.
    Birth = "birth dob born";
    /// Whose death ends a matter.
    Pensioner = "pensioner pensioners claimant tenant beneficiary";

    // Events of the schedule's own.
    /// What happens.
    Event = "incident accident injury appointment meeting meetings election elections poll inspection inspections visit allegation offence award acquisition purchase application submission interview interviews demolition demolished transfer transferred actioned assessment test testing examination exam event conviction hearing installation removal registration deregistration cancellation cancelled notification referral admission enrolment burial cremation interment ceremony marriage breach exclusion implementation delivery collection sentence vaccination immunisation screening donation occurrence consultation eviction diagnosis decommissioning decommissioned migration migrated verification verified suspension seizure prosecution trial inquest valuation summons arrest caution outbreak transfusion signing signature";
    /// What begins on a day.
    Begin = "commencement start";
    /// An election.
    Poll = "poll polls election elections ballot";
    /// Given out.
    Issue = "issue issued issuing";
    /// What is given out.
    Issued = "licence license permit certificate badge pass card notice passport invoice warrant authorisation permission voucher licences certificates permits notices";
    /// Given.
    Award = "award awarded granting";
    /// What ends and has no start of its own.
    Ending = "grant funding benefit allowance probation secondment maternity paternity pension entitlement approval registration subscription occupancy exhibition election event";
    /// What an event may be told by.
    Qualifier = "successful unsuccessful candidate candidates annual local general parish committee result results declaration polling alleged contractor concerned";
    /// What an event may be about.
    Thing = "building premises site property land equipment vehicle asset data tender contract project works committee board panel governing body council school employee pupil patient child staff member person individual licence permit certificate course training grant loan funding job post vacancy role position candidate election officer scheme service information records record";

    // Age.
    /// Birthday.
    Birthday = "birthday anniversary";
    /// Comes to an age.
    Reach = "is reaches reach reached attains attain attained turns turned becomes became would reaching attaining turning has have be was been aged";
    /// Age.
    Age = "age aged";
    /// Of age, old.
    Old = "old";

    // What happens then.
    /// Destroy.
    Destroy = "destroy destroyed destruction dispose disposal disposed delete deleted deletion shred shredded shredding erase erased erasure weed weeded waste";
    /// Review.
    Review = "review reviewed";
    /// Offer.
    Offer = "offer offered transfer transferred deposit deposited pass passed send sent";
    /// Where to.
    Archive = "archive archives archivist archivists office preservation";
    /// Which archive.
    ArchiveOf = "county record records local council city borough national the to for in with diocesan history studies centre service university permanent place deposit of by";
    /// Anonymise.
    Anonymise = "anonymise anonymised anonymisation anonymize anonymized anonymization";
    /// How it is destroyed.
    Manner = "standard secure securely confidential confidentially safely safe completely automatically immediately fully promptly permanently";
    /// What stands beside an action.
    ActionNoise = "will be is are to it them the they should must by of as being off all records documents record files file data information paper electronic hard copy copies waste and then from system systems via using bins bin cross cut physically destruction disposal";
    /// Then.
    Then = "then thereafter afterwards subsequently";

    // What changes nothing.
    /// Keep.
    Keep = "keep kept retain retained retention retaining hold held store stored maintain maintained preserve preserved period periods";
    /// Beside it.
    Filler = "footage cctv images emails email correspondence record records data information document documents file files personal will be are is should must shall to for a an the we your our this these all of years' it they them which must";
    /// What a bracket may speak of.
    Remark = "adults adult children under seal employers employer's liability normally retained on pupil file statutory requirement requirements good practice best legal legislation act acts regulations regulation limitation period business need operational hmrc vat audit purposes purpose ico irms toolkit guidance gdpr dpa insurance contract simple signed hand deed records record only paper electronic see note notes health surveillance historical historic archival value interest importance statutory sen send ehcp kept held";
    /// Instruments known by their initials.
    Initials = "coshh riddor pace foia dpa gdpr loler puwer cdm ripa lgfa tupe eyfs hswa mhswr poca";
    /// Makes a citation of what stands before it.
    Instrument = "act acts regulations regulation rules measure directive";
    /// Joins a citation to the period.
    Under = "under per";
    /// Parts of a citation.
    Section = "section sections s ss reg regs schedule sch part article art para paragraph amended as by in etc and of the si no";

    // What makes the answer a person's.
    /// No length at all.
    Vague = "use necessary required needed relevant useful need needs requirements requirement statutory schedule policy guidelines guidance tbc tba varies vary various variable unknown discretion appropriate ongoing applicable determined advised agreed legislation purpose purposes";
    /// Changes what it stands beside.
    Guard = "unless except excluding exception exceptions otherwise but however subject provided depending dependent pending without only some other others may might could recommended recommend suggested usually normally generally typically approximately approx about around circa another either neither both while alternatively possibly likely ideally consider considered older younger than nearest working business every per ago";
    /// Words of their own, one letter from a word above: never a slip for it.
    Other = "abort advise agree alter animals appear appears apple apples applied approvals \
        articles assert attend aware boards bring calculate calendars causes chain chairs \
        chance charles chase chose civil clean cleans clone closest closures coarse coded \
        collections committed compete compile complain compliant concert considers content \
        contents contrast copied councils counter countries country create creates \
        databases decide decides decisions declarations decreased deletions dependant \
        dependants dependents depth destroys determine determines directives dismissal \
        drier drive driven drivers durations editions electronics endings events exclusions \
        exercises expense extras fails filed finalize finding finds finer folded folders \
        frameworks generate generates guided guides happen heading heath holes hundreds \
        implementations indemnify installations judgments knows latter layer leaders \
        leading learned lengths levels licensees lifetimes limitations linger locals \
        machines maintains major marking masking master maths modifies noted notifications \
        occurrences offers operators organisations organizations originate originates paint \
        paused peace placed plays points positions possible practices practise print \
        proceeding programmed promises properly proposals protect protects protocols \
        provide provider provides provisions publications quarters queried recommends \
        regained relaxed released releases relocated relocation remain remained remaining \
        remains removals repay replace replacements replaces repost require requires resort \
        reviewer reviews revise revoke roles ruled safety sample scaled scheduled schedules \
        schema schemes score sentences settings share shares shell shorten simpler simply \
        sitting small smart stars starts stating story studied studios stuff subjects \
        supplied supplies supports takes teams theirs theme those timed token tracing \
        trailing transfers trusted trusts tuned varied visits wakes wasted wastes wealth \
        white whose wording words worked workings world";
}

/// The kinds this word can be; empty where it is not known.
pub(super) fn kinds(word: &str) -> Kinds {
    KINDS.get(word).copied().unwrap_or_default()
}

/// Every word known, for those who look for slips of the keyboard.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    KINDS.keys().copied()
}

static KINDS: LazyLock<HashMap<&'static str, Kinds>> = LazyLock::new(|| {
    let mut found: HashMap<&'static str, Kinds> = HashMap::new();
    for (kind, words) in TABLE {
        for word in words.split_whitespace() {
            let entry = found.entry(word).or_default();
            *entry = entry.or(Kinds::of(&[*kind]));
        }
    }
    found
});
